"""What providers post, signed as they sign it, with keys made here."""

import base64
import datetime
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

TOPIC = "arn:aws:sns:eu-west-1:123456789012:returns"
HOST = "https://sns.eu-west-1.amazonaws.com"
CERTIFICATE_URL = f"{HOST}/SimpleNotificationService-0123abcd.pem"
CONFIRM_URL = f"{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f"
SECRET = "a secret of Mailgun, Postmark or Brevo"

NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
CONFIRMATION = (
    "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
)  # fmt: skip


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def public_ec_key() -> str:
    """Return the key as SendGrid shows it."""
    der = (
        ec_key()
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return base64.b64encode(der).decode()


def certificate(days: int = 30, key: rsa.RSAPrivateKey | None = None) -> bytes:
    """Return a certificate of the RSA key that is in force for `days` yet."""
    key = key or rsa_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - datetime.timedelta(days=400))
        .not_valid_after(until)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


@dataclass
class Sns:
    """A message of SNS, and what is forged about it."""

    message: dict[str, str] = field(
        default_factory=lambda: {
            "Type": "Notification",
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": TOPIC,
            "Subject": "Amazon SES Email Event Notification",
            "Message": '{"notificationType": "Bounce"}',
            "Timestamp": "2026-03-01T09:00:00.000Z",
            "SignatureVersion": "2",
            "SigningCertURL": CERTIFICATE_URL,
        }
    )

    def signed(self, by: rsa.RSAPrivateKey | None = None, **changed: str) -> bytes:
        """Return it signed; `changed` is put in after that."""
        names = NOTIFICATION if self.message["Type"] == "Notification" else CONFIRMATION
        lines = "".join(f"{each}\n{self.message[each]}\n" for each in names if each in self.message)
        digest = hashes.SHA1() if self.message["SignatureVersion"] == "1" else hashes.SHA256()
        signature = (by or rsa_key()).sign(lines.encode(), padding.PKCS1v15(), digest)
        whole = {**self.message, "Signature": base64.b64encode(signature).decode(), **changed}
        return json.dumps(whole).encode()


def subscription(place: str = CONFIRM_URL) -> Sns:
    """Return the offer of a subscription."""
    sns = Sns()
    sns.message |= {
        "Type": "SubscriptionConfirmation",
        "Message": "You have chosen to subscribe",
        "Token": "2336412f",
        "SubscribeURL": place,
    }
    del sns.message["Subject"]
    return sns


def mailgun(age: float = 0, token: str = "t" * 50, key: str = SECRET, **data: object) -> bytes:
    """Return a post of Mailgun."""
    at = str(int(time.time() - age))
    signature = hmac.new(key.encode(), f"{at}{token}".encode(), hashlib.sha256).hexdigest()
    said = {
        "signature": {"timestamp": at, "token": token, "signature": signature},
        "event-data": {"event": "failed", "recipient": "anna@example.org", **data},
    }
    return json.dumps(said).encode()


SENDGRID = b'[{"email":"anna@example.org","event":"bounce","sg_event_id":"Zg=="}]\r\n'


def sendgrid(raw: bytes = SENDGRID, at: str = "1772355600") -> dict[str, str]:
    """Return the headers of a post of SendGrid."""
    signature = ec_key().sign(at.encode() + raw, ec.ECDSA(hashes.SHA256()))
    return {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": at,
    }


def basic(password: str = SECRET, user: str = "postmark") -> dict[str, str]:
    """Return the header of somebody who shows a password."""
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}
