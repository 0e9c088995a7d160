import express from "express";

const app = express();
app.get("/health", (_request, response) => response.send("ok"));
app.get("/api/reports", (_request, response) => response.json([]));
app.listen(8080);
