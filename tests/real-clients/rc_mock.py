"""A scripted model server.

Speaks just enough of four model APIs for a real coding agent to hold a
conversation with it: Anthropic Messages, OpenAI Responses, OpenAI Chat
Completions and Gemini generateContent (all streaming).  It has no state: the
turn to play is worked out from the history that the client sends, so retries
and parallel sub-conversations cannot put it out of step.
"""
from __future__ import annotations

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import rc_tools

SIDE = re.compile(r"^Generate a concise, single-line task title|^Summarize recent activity")
COMPACT = re.compile(r"create a detailed summary of|CONTEXT CHECKPOINT COMPACTION|state_snapshot", re.I)


def text_of(content) -> str:
    """All text in a message's content, whatever its shape."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(t for t in (text_of(c) for c in content) if t)
    if isinstance(content, dict):
        for key in ("text", "content", "output", "parts", "response"):
            if key in content:
                return text_of(content[key])
        return json.dumps(content)
    return str(content)


class History:
    """One request's conversation, reduced to what the script needs."""

    def __init__(self, protocol: str, body: dict):
        self.protocol, self.body = protocol, body
        self.users: list[str] = []          # text of user-authored items
        self.runs = 0                       # model turns so far
        self.results: list[dict] = []       # tool results the client sent back
        self.calls: dict[str, str] = {}     # call id -> tool name
        self.tools: list[str] = []          # tools offered
        self.last_user = ""
        getattr(self, "_" + protocol)(body)

    def _run(self, is_model: bool):
        if is_model and not getattr(self, "_in", False):
            self.runs += 1
        self._in = is_model

    def _user(self, text: str):
        if text:
            self.users.append(text)
            self.last_user = text

    def _anthropic(self, body):
        self.tools = [t.get("name", t.get("type", "?")) for t in body.get("tools", [])]
        for m in body.get("messages", []):
            self._run(m["role"] == "assistant")
            blocks = m["content"] if isinstance(m["content"], list) else [{"type": "text", "text": m["content"]}]
            for b in blocks:
                if b.get("type") == "tool_use":
                    self.calls[b["id"]] = b["name"]
                elif b.get("type") == "tool_result":
                    self.results.append({"id": b["tool_use_id"], "is_error": bool(b.get("is_error")),
                                         "content": text_of(b.get("content"))})
                elif m["role"] == "user" and b.get("type") == "text":
                    self._user(b["text"])

    def _responses(self, body):
        for t in body.get("tools", []):
            if t.get("type") == "namespace":
                self.tools += [f"{t.get('name', '')}::{s.get('name')}" for s in t.get("tools", [])]
            else:
                self.tools.append(t.get("name", t.get("type", "?")))
        items = body.get("input", [])
        if isinstance(items, str):
            items = [{"type": "message", "role": "user", "content": items}]
        for it in items:
            kind = it.get("type", "message")
            if kind.endswith("_output"):
                self._run(False)
                self.results.append({"id": it.get("call_id"), "is_error": None, "content": text_of(it.get("output"))})
            elif kind == "message" and it.get("role") != "assistant":
                self._run(False)
                if it.get("role") == "user":
                    self._user(text_of(it.get("content")))
            else:
                self._run(True)
                if "call_id" in it:
                    self.calls[it["call_id"]] = it.get("name", kind)

    def _chat(self, body):
        self.tools = [t.get("function", t).get("name", "?") for t in body.get("tools", []) or []]
        for m in body.get("messages", []):
            self._run(m["role"] == "assistant")
            for c in m.get("tool_calls") or []:
                self.calls[c["id"]] = c.get("function", {}).get("name", "?")
            if m["role"] == "tool":
                self.results.append({"id": m.get("tool_call_id"), "is_error": None, "content": text_of(m.get("content"))})
            elif m["role"] == "user":
                self._user(text_of(m.get("content")))

    def _gemini(self, body):
        for t in body.get("tools", []) or []:
            self.tools += [f["name"] for f in t.get("functionDeclarations", [])]
        for m in body.get("contents", []):
            self._run(m.get("role") == "model")
            for p in m.get("parts", []):
                if "functionCall" in p:
                    self.calls[p["functionCall"].get("id", p["functionCall"]["name"])] = p["functionCall"]["name"]
                elif "functionResponse" in p:
                    r = p["functionResponse"]
                    resp = r.get("response", {})
                    self.results.append({"id": r.get("id", r.get("name")), "is_error": "error" in resp,
                                         "content": text_of(resp.get("error", resp.get("output", resp)))})
                elif m.get("role") == "user" and "text" in p:
                    self._user(p["text"])


class Script:
    def __init__(self, scenario: dict, client: str):
        self.client = client
        self.convs = scenario.get("conversations") or [{"turns": scenario.get("turns", [])}]
        self.replies = scenario.get("replies", [])

    def pick(self, h: History):
        """-> (label, turn number, turn)"""
        for r in self.replies:
            if re.search(r["match_last"], h.last_user, re.S):
                return "reply", h.runs, r
        if COMPACT.search(h.last_user):
            return "compact", h.runs, {"text": "<summary>Scripted summary.</summary>"}
        if h.runs > 200:
            return "runaway", h.runs, {"text": "Too many turns."}
        if not h.tools or SIDE.search(h.last_user):
            return "side", h.runs, {"text": "ok"}
        everything = "\n".join(h.users)
        for i, c in enumerate(self.convs):
            if not c.get("match") or re.search(c["match"], everything, re.S):
                turns = c["turns"]
                return c.get("name", f"c{i}"), h.runs, turns[h.runs] if h.runs < len(turns) else {"text": "Done."}
        return "unmatched", h.runs, {"text": "Done."}


class Mock:
    def __init__(self, scenario: dict, client: str, log_dir: Path | None = None, port: int = 0):
        self.client = client
        self.log: list[dict] = []
        self.lock = threading.Lock()
        self.log_dir = log_dir
        if log_dir:
            log_dir.mkdir(parents=True, exist_ok=True)
        mock = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *a):
                pass

            def do_GET(self):
                mock.get(self)

            do_HEAD = do_PUT = do_DELETE = do_GET

            def do_POST(self):
                self.arrived = time.time()  # before a long history is read, parsed and looked through
                if "chunked" in self.headers.get("Transfer-Encoding", ""):
                    raw = b""
                    while n := int(self.rfile.readline().split(b";")[0], 16):
                        raw += self.rfile.read(n)
                        self.rfile.readline()
                    self.rfile.readline()
                else:
                    raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                mock.post(self, raw)

        ThreadingHTTPServer.daemon_threads = True
        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        scenario = json.loads(json.dumps(scenario).replace("${PORT}", str(self.port)))
        self.script = Script(scenario, client)
        self.http = scenario.get("http", {})   # path -> {"status", "json" | "text", "delay"}: HTTP hooks, and files to fetch
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def start(self):
        self.thread.start()
        return self

    def stop(self):
        self.server.shutdown()

    # -- plumbing ---------------------------------------------------------
    def record(self, entry: dict, body=None):
        with self.lock:
            entry["n"] = len(self.log)
            self.log.append(entry)
        if self.log_dir:
            (self.log_dir / f"{entry['n']:03}.json").write_text(json.dumps({**entry, "body": body}, indent=1))
        return entry

    def send(self, h, status: int, obj, ctype="application/json"):
        data = obj if isinstance(obj, bytes) else json.dumps(obj).encode()
        h.send_response(status)
        h.send_header("Content-Type", ctype)
        h.send_header("Content-Length", str(len(data)))
        h.end_headers()
        h.wfile.write(data)
        h.wfile.flush()

    def get(self, h):
        """A file of the scenario's `http` table, for tools that fetch."""
        r = self.http.get(urlsplit(h.path).path)
        if r is None or h.command != "GET":
            return self.other(h, None)
        self.record({"t": time.time(), "method": "GET", "path": h.path, "kind": "fetch"})
        data = json.dumps(r["json"]).encode() if "json" in r else r.get("text", "").encode()
        return self.send(h, r.get("status", 200), data, r.get("type", "text/plain"))

    def other(self, h, body):
        path = urlsplit(h.path).path
        self.record({"t": time.time(), "method": h.command, "path": h.path, "kind": "other"}, body)
        if h.command == "HEAD":
            h.send_response(200); h.send_header("Content-Length", "0"); h.end_headers()
        elif path.endswith("/models"):
            ids = ["mock-model", "gpt-5", "gpt-4.1", "claude-sonnet-4-5"]
            self.send(h, 200, {"object": "list", "data": [{"id": i, "object": "model", "type": "model", "display_name": i,
                                                           "created": 0, "owned_by": "mock"} for i in ids], "has_more": False})
        else:
            self.send(h, 404, {"type": "error", "error": {"type": "not_found_error", "message": "mock: no such endpoint"}})

    def post(self, h, raw: bytes):
        path = urlsplit(h.path).path
        try:
            body = json.loads(raw or b"{}")
        except ValueError:
            body = {"_raw": raw[:2000].decode("latin1")}
        if path in self.http:
            r = self.http[path]
            self.record({"t": time.time(), "method": "POST", "path": h.path, "kind": "http", "headers": dict(h.headers)}, body)["input"] = body
            if isinstance(body, dict) and r.get("only") and r["only"] != body.get("hook_event_name"):
                return self.send(h, 200, {})
            time.sleep(r.get("delay", 0))
            if r.get("drop"):
                h.close_connection = True
                return h.connection.close()
            data = json.dumps(r["json"]).encode() if "json" in r else r.get("text", "").encode()
            return self.send(h, r.get("status", 200), data, r.get("type", "application/json"))
        if path.endswith("/count_tokens") or path.endswith(":countTokens"):
            return self.send(h, 200, {"input_tokens": 100, "totalTokens": 100})
        if path.endswith("/messages"):
            proto = "anthropic"
        elif path.endswith("/responses"):
            proto = "responses"
        elif path.endswith("/chat/completions"):
            proto = "chat"
        elif path.endswith("enerateContent"):
            proto = "gemini"
        else:
            return self.other(h, body)
        hist = History(proto, body)
        label, turn_no, turn = self.script.pick(hist)
        entry = self.record({"t": h.arrived, "method": "POST", "path": h.path, "kind": "model", "conv": label,
                             "turn": turn_no, "model": body.get("model"), "tools_offered": hist.tools,
                             "tool_results": [{"tool": hist.calls.get(r["id"], "?"), **r} for r in hist.results]}, body)
        entry["users"] = hist.users
        if turn.get("delay"):
            time.sleep(turn["delay"])
        if turn.get("status"):
            entry["t_end"] = time.time()
            return self.send(h, turn["status"], {"type": "error", "error": {"type": turn.get("error", "api_error"),
                                                                           "message": turn.get("text", "scripted error")}})
        calls = []
        for i, t in enumerate(turn.get("tools", [])):
            name, args = rc_tools.translate(self.client, t, hist.tools)
            calls.append({"id": f"toolu_{label}_{turn_no}_{i}", "name": name, "args": args})
        entry["played"] = {"text": turn.get("text", ""), "calls": calls}
        stream = body.get("stream", "stream" in path)
        if proto == "gemini":
            gc = body.get("generationConfig", {})
            if not calls and ("responseSchema" in gc or "responseJsonSchema" in gc):
                turn = {"text": json.dumps({"reasoning": "scripted", "next_speaker": "user", "model_choice": "flash",
                                            "complexity_score": 1, "complexity_reasoning": "scripted"})}
        events = list(getattr(self, "_" + proto)(body, turn.get("text", ""), calls, turn))
        if stream:
            h.send_response(200)
            h.send_header("Content-Type", "text/event-stream")
            h.send_header("Cache-Control", "no-cache")
            h.send_header("Connection", "close")
            h.end_headers()
            for name, data in events[:-1]:
                head = f"event: {name}\n" if name else ""
                payload = data if isinstance(data, str) else json.dumps(data)
                h.wfile.write(f"{head}data: {payload}\n\n".encode())
            h.wfile.flush()
            h.close_connection = True
        else:
            self.send(h, 200, events[-1][1])
        entry["t_end"] = time.time()

    # -- protocols: yield (event, data)…, the last one being the whole, unstreamed answer --
    def _anthropic(self, body, text, calls, turn):
        # a fresh id each time: Claude Code merges messages that share one
        msg = {"id": f"msg_{time.time_ns()}", "type": "message", "role": "assistant", "model": body.get("model"), "content": [],
               "stop_reason": None, "stop_sequence": None,
               "usage": {"input_tokens": turn.get("input_tokens", 100), "output_tokens": 1,
                         "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}}
        yield "message_start", {"type": "message_start", "message": msg}
        blocks = ([{"type": "text", "text": text}] if text else []) + \
                 [{"type": "tool_use", "id": c["id"], "name": c["name"], "input": c["args"]} for c in calls]
        for i, b in enumerate(blocks):
            if b["type"] == "text":
                start, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": b["text"]}
            else:
                start, delta = {**b, "input": {}}, {"type": "input_json_delta", "partial_json": json.dumps(b["input"])}
            yield "content_block_start", {"type": "content_block_start", "index": i, "content_block": start}
            yield "content_block_delta", {"type": "content_block_delta", "index": i, "delta": delta}
            yield "content_block_stop", {"type": "content_block_stop", "index": i}
        stop = "tool_use" if calls else "end_turn"
        yield "message_delta", {"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": None},
                                "usage": {"output_tokens": 10}}
        yield "message_stop", {"type": "message_stop"}
        yield None, {**msg, "content": blocks, "stop_reason": stop}

    def _responses(self, body, text, calls, turn):
        rid = f"resp_{len(self.log)}"
        items = []
        if text:
            items.append({"type": "message", "role": "assistant", "id": f"msg_{rid}", "status": "completed",
                          "content": [{"type": "output_text", "text": text, "annotations": []}]})
        for c in calls:
            if isinstance(c["args"], str):
                items.append({"type": "custom_tool_call", "id": "ctc_" + c["id"], "call_id": c["id"], "name": c["name"],
                              "input": c["args"], "status": "completed"})
            else:
                item = {"type": "function_call", "id": "fc_" + c["id"], "call_id": c["id"], "name": c["name"],
                        "arguments": json.dumps(c["args"]), "status": "completed"}
                if "::" in c["name"]:
                    item["namespace"], item["name"] = c["name"].split("::", 1)
                items.append(item)
        usage = {"input_tokens": turn.get("input_tokens", 100), "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 10,
                 "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": turn.get("input_tokens", 100) + 10}
        resp = {"id": rid, "object": "response", "created_at": int(time.time()), "status": "in_progress",
                "model": body.get("model"), "output": []}
        seq = iter(range(10000))
        yield "response.created", {"type": "response.created", "sequence_number": next(seq), "response": resp}
        for i, it in enumerate(items):
            yield "response.output_item.added", {"type": "response.output_item.added", "sequence_number": next(seq),
                                                 "output_index": i, "item": {**it, "status": "in_progress"}}
            if it["type"] == "message":
                yield "response.output_text.delta", {"type": "response.output_text.delta", "sequence_number": next(seq),
                                                     "item_id": it["id"], "output_index": i, "content_index": 0, "delta": text}
            yield "response.output_item.done", {"type": "response.output_item.done", "sequence_number": next(seq),
                                                "output_index": i, "item": it}
        done = {**resp, "status": "completed", "output": items, "usage": usage}
        yield "response.completed", {"type": "response.completed", "sequence_number": next(seq), "response": done}
        yield None, done

    def _chat(self, body, text, calls, turn):
        base = {"id": f"chatcmpl-{len(self.log)}", "created": int(time.time()), "model": body.get("model")}
        tool_calls = [{"id": c["id"], "type": "function",
                       "function": {"name": c["name"], "arguments": json.dumps(c["args"])}} for c in calls]
        finish = "tool_calls" if calls else "stop"
        usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}

        def chunk(delta, fin=None):
            return {**base, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": fin}]}
        yield None, chunk({"role": "assistant", "content": text})
        for i, c in enumerate(tool_calls):
            yield None, chunk({"tool_calls": [{"index": i, **c}]})
        yield None, {**chunk({}, finish), "usage": usage}
        yield None, "[DONE]"
        msg = {"role": "assistant", "content": text or None}
        if tool_calls:
            msg["tool_calls"] = tool_calls
        yield None, {**base, "object": "chat.completion", "choices": [{"index": 0, "message": msg, "finish_reason": finish}],
                     "usage": usage}

    def _gemini(self, body, text, calls, turn):
        parts = ([{"text": text}] if text else []) + \
                [{"functionCall": {"id": c["id"], "name": c["name"], "args": c["args"]}} for c in calls]
        whole = {"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0}],
                 "usageMetadata": {"promptTokenCount": 100, "candidatesTokenCount": 10, "totalTokenCount": 110},
                 "modelVersion": "mock"}
        yield None, whole
        yield None, whole
