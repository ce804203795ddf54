"""Keeps a scan the scan that it is when its words are masked otherwise than they were."""

import duckdb

from transforms.personal.texts import MARK


def adopt(db: duckdb.DuckDBPyConnection) -> None:
    """Let the new scans among `touched` be those among the gone that differ in masks alone.

    A name may be masked that was not when the scan was read first: the policy is another, the
    recipient's name is known by now, or a release knows more words. The scan's words, and so its
    event_id, are others then; it was neither taken back nor said anew. `touched` is what
    `upsert` makes of one answer: new scans have no kept_rowid, gone ones is_gone.
    """
    ((is_any,),) = db.execute(
        f"""
        select bool_or(is_gone) and bool_or(contains(
            concat(description, details), '{MARK}'
        )) from touched
        """
    ).fetchall()
    if not is_any:
        return
    db.execute(
        f"""
        create or replace temp table adopted as
        select
            new.rowid as new_row,
            gone.rowid as gone_row,
            gone.kept_rowid,
            gone.first_seen_at
        from touched as new
        join touched as gone using (account, tracking_id, leg)
        where
            new.kept_rowid is null
            and gone.is_gone
            and new.event_time_raw is not distinct from gone.event_time_raw
            and contains(
                concat(new.description, new.details, gone.description, gone.details), '{MARK}'
            )
            and {_alike("description")}
            and {_alike("details")}
        -- who stands where it stood; each once
        qualify
            row_number() over (
                partition by new.rowid order by abs(new.position - gone.position), gone.rowid
            ) = 1
            and row_number() over (
                partition by gone.rowid order by abs(new.position - gone.position), new.rowid
            ) = 1
        """
    )
    db.execute(
        """
        update touched set
            kept_rowid = adopted.kept_rowid,
            first_seen_at = least(touched.first_seen_at, adopted.first_seen_at)
        from adopted where touched.rowid = adopted.new_row
        """
    )
    db.execute("delete from touched where rowid in (select gone_row from adopted)")


def _alike(column: str) -> str:
    """Return SQL for whether both say the same in *column*, where neither is masked."""
    new, gone = f"new.{column}", f"gone.{column}"
    return (
        f"({new} is not distinct from {gone}"
        f" or {new} like {_pattern(gone)} escape '\\'"
        f" or {gone} like {_pattern(new)} escape '\\')"
    )


def _pattern(text: str) -> str:
    """Return SQL for the pattern of all that *text* may have been before it was masked."""
    bare = f"replace(replace(replace({text}, '\\', '\\\\'), '%', '\\%'), '_', '\\_')"
    return f"replace({bare}, '{MARK}', '%')"
