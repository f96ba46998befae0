"""The Desk of a workspace: composes, renders and checks an issue like a build or a send does.

One Folder serves as long as the preview runs, so that only files that changed are read again.
"""

from dataclasses import dataclass
from pathlib import Path

from newsletter.compose.workspace import Folder
from newsletter.errors import InputRefused, WrongUsage
from newsletter.model.finding import Finding
from newsletter.model.place import Place
from newsletter.render.build import sample_values
from newsletter.studio.ports import Draft, DraftEdition
from newsletter.wiring import Proof, proof


@dataclass(frozen=True, slots=True)
class FolderDesk:
    """The issues of one workspace."""

    folder: Folder

    @property
    def root(self) -> Path:
        """The workspace."""
        return self.folder.root

    def issues(self) -> list[str]:
        """Return the names of the issues, in order."""
        return self.folder.slugs()

    def read(self, slug: str) -> Draft:
        """Return the issue `slug` as it is now."""
        try:
            return _draft(proof(self.folder, slug))
        except InputRefused as refused:
            return Draft(findings=refused.findings)
        except WrongUsage as gone:  # deleted since the page was opened
            place = Place(f"issues/{slug}/issue.yaml")
            finding = Finding(rule="issue", place=place, message=gone.message, remedy=gone.remedy)
            return Draft(findings=(finding,))


def _draft(proof: Proof) -> Draft:
    composition = proof.composition
    first = composition.editions[composition.issue.languages[0]]
    senders = composition.office.settings.sender.texts
    return Draft(
        title=first.number_text,
        editions={
            language: DraftEdition(
                rendering=rendering,
                sender=senders[language].name,
                values=sample_values(rendering, composition),
            )
            for language, rendering in proof.renderings.items()
        },
        pictures=composition.pictures,
        findings=proof.findings,
    )
