"""The page that the reference server gives to browsers: it opens a WebSocket to the echo and writes down what comes back."""

__all__ = ["PAGE"]

PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>WebSocket echo</title></head>
<body>
<h1>WebSocket echo</h1>
<form id="form"><input id="text" value="Hello" aria-label="Message"> <button>Send</button></form>
<p>Connection: <output id="state">connecting</output></p>
<pre id="log"></pre>
<script>
"use strict";
const log = (line) => { document.getElementById("log").textContent += line + "\\n"; };
const state = (text) => { document.getElementById("state").textContent = text; };
const socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/echo");
const waiting = [];
const send = (text) => { waiting.push(text); socket.send(text); };
socket.onopen = () => {
  state("open " + (socket.extensions || "without extensions"));
  send("Hello from the page");
  send("grüße ".repeat(100));
};
socket.onmessage = (event) => {
  log((event.data === waiting.shift() ? "same: " : "different: ") + event.data.slice(0, 80));
};
socket.onclose = (event) => { state("closed " + event.code); };
document.getElementById("form").onsubmit = (event) => { event.preventDefault(); send(document.getElementById("text").value); };
</script>
</body>
</html>
""".encode()
