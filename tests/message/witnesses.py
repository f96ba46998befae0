"""Two verifiers of DKIM that others wrote, OpenDKIM and Mail::DKIM; they ask no network."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from newsletter.message.dkim import DnsRecord
from tests.system import program


def opendkim(
    folder: Path, records: Sequence[DnsRecord], mails: Sequence[Path]
) -> dict[Path, list[str]]:
    """Return what OpenDKIM says of each signature, as `pass rsa-sha256`."""
    keys, settings = folder / "keys", folder / "opendkim.conf"
    keys.write_text("".join(f"{each.name} {each.value}\n" for each in records), "ascii")
    lines = ("Mode v", "Syslog no", "AlwaysAddARHeader yes", f"TestPublicKeys {keys}")
    settings.write_text("\n".join((*lines, "")), "ascii")
    command = [program("opendkim", "opendkim"), "-x", str(settings), "-v", "-v", "-t"]
    verdict = re.compile(r"\bdkim=(\w+)[^;]*? header\.a=(\S+)")
    found = {}
    for mail in mails:
        said = subprocess.run([*command, str(mail)], capture_output=True, check=True).stdout
        found[mail] = [" ".join(each) for each in verdict.findall(said.decode(errors="replace"))]
    return found


def mail_dkim(
    folder: Path, records: Sequence[DnsRecord], mails: Sequence[Path]
) -> dict[Path, list[str]]:
    """Return what Mail::DKIM says of each signature; releases before 2024 know RSA only."""
    zone = folder / "zone"
    zone.write_text("".join(f"{each.zone_lines}\n" for each in records), "ascii")
    script = Path(__file__).with_name("verify.pl")
    perl = [program("perl", "perl"), str(script), str(zone)]
    done = subprocess.run([*perl, *map(str, mails)], capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[Path, list[str]] = {mail: [] for mail in mails}
    for line in done.stdout.splitlines():
        mail, algorithm, result = line.split(" ", 2)
        if not result.startswith("invalid (unsupported algorithm ed25519"):
            found[Path(mail)].append(f"{result.split(' ')[0]} {algorithm}")
    return found
