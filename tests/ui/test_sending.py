"""What a page sends of many files, and what it says of those it leaves out."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

SCRIPT = """
import { joined, send } from './train/upload.js';
import { documents } from './train/memory.js';
const many = Array.from({ length: 2100 }, (_, i) => ({ name: i + '.txt', place: 'all/' + i + '.txt', size: 0 }));
let full = Infinity;
const drops = new Set();
const call = {
  document: async () => { if (!(full -= 1)) throw Object.assign(new Error(), { key: 'shelf_full' }); return 't'; },
  whole: async ({ title, drop }) => { drops.add(drop); return { path: title, title, bytes: 0 }; },
};
const how = { refuse: (f) => (f.name === '7.txt' ? { key: 'odd' } : null), told: () => {} };
const sent = await send(call, many, { ...how, left: 5 });
const [list, more] = [joined([], sent.given), joined(sent.given, [{ path: 'x', title: 'x', bytes: 1 }])];
full = 11;
const stopped = await send(call, many.slice(0, 50), how);
console.log(JSON.stringify({
  given: sent.given.length, first: sent.given[0].title, refused: sent.refused, drops: drops.size,
  kept: documents(list.list), again: more.refused, few: stopped.given.length, why: stopped.refused,
}));
"""  # noqa: E501


def test_what_is_left_out_is_counted(scripts: Path) -> None:
    (scripts / "sending.js").write_text(SCRIPT)
    said = subprocess.run(["node", "sending.js"], cwd=scripts, text=True, capture_output=True)
    assert said.returncode == 0, said.stderr
    found: dict[str, Any] = json.loads(said.stdout)
    assert (found["given"], found["first"], found["drops"]) == (2000, "all/0.txt", 2)
    assert found["kept"], "a browser remembers as many as were taken"
    (many, odd) = found["refused"]
    assert (many["key"], many["facts"]) == ("too_many_given", {"left": 104, "most": 2000})
    assert odd["key"] == "odd"
    assert [one["facts"]["left"] for one in found["again"]] == [1]
    assert found["few"] == 10
    assert [one["key"] for one in found["why"]] == ["odd", "shelf_full", "files_left"]
