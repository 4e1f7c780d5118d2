// Node's net: `node echo.js PORT`, with half-open connections allowed, or not with `node echo.js PORT closed`
const net = require("net");
const allowHalfOpen = process.argv[3] !== "closed";
const server = net.createServer({ allowHalfOpen }, (socket) => {
  socket.on("error", () => {});
  socket.pipe(socket);
});
server.listen(Number(process.argv[2]), "127.0.0.1");
