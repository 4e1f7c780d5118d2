"""What a server printed: of the last words of a server that ended, those that say why."""

import os

import pytest

from spec_tests.harness.output import Output

RUBY = """\
server.rb:3:in `initialize': Address already in use - bind(2) for "127.0.0.1" port 80 (Errno::EADDRINUSE)
\tfrom server.rb:3:in `new'
\tfrom server.rb:3:in `<main>'
"""
NODE = """\
node:events:502
      throw er; // Unhandled 'error' event
      ^

Error: listen EADDRINUSE: address already in use 127.0.0.1:80
    at Server.setupListenHandle [as _listen2] (node:net:1886:21)
  port: 80
}

Node.js v20.20.2
"""
GO = """\
panic: listen tcp 127.0.0.1:80: bind: address already in use

goroutine 1 [running]:
main.main()
\t/server.go:3 +0x79
exit status 2
"""
PYTHON = """\
Traceback (most recent call last):
  File "server.py", line 3, in <module>
OSError: [Errno 98] Address already in use
"""
MANY = "".join(f"line {number}\n" for number in range(9))


def printed(text: str) -> Output:
    reader, writer = os.pipe()
    output = Output(reader)
    with os.fdopen(writer, "w") as stream:
        stream.write(text)
    output.wait_for_end(60)
    return output


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (RUBY, RUBY.splitlines()[0]),
        (NODE, "Error: listen EADDRINUSE: address already in use 127.0.0.1:80"),
        (GO, "panic: listen tcp 127.0.0.1:80: bind: address already in use"),
        (PYTHON, "OSError: [Errno 98] Address already in use"),
        (MANY, "line 6 | line 7 | line 8"),
        ("", "nothing"),
    ],
    ids=["ruby", "node", "go", "python", "no error", "nothing"],
)
def test_the_line_that_says_why_is_told(text: str, told: str) -> None:
    assert printed(text).told() == told
