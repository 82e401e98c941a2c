"""What is erased here when somebody deletes their account."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.moderation.models import Case, CaseStep, Flag, Move


def forget(session: Session, person_id: int) -> None:
    """Erase the words that a person wrote here, and free the cases that they were working on.

    That they flagged, appealed or decided stays, without a name: whoever was decided about keeps
    an account of it.
    """
    session.execute(sa.update(Flag).where(Flag.person_id == person_id).values(detail=""))
    session.execute(sa.update(Case).where(Case.author_id == person_id).values(appeal=""))
    own = sa.select(Case.id).where(Case.author_id == person_id)
    session.execute(
        sa.update(CaseStep)
        .where(CaseStep.case_id.in_(own), CaseStep.move.in_((Move.APPEAL, Move.RESUBMIT)))
        .values(text="", words=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        sa.update(Case)
        .where(Case.holder_id == person_id)
        .values(holder_id=None, held_until=None)
        .execution_options(synchronize_session=False)
    )
