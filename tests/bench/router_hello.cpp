// bench_router_hello: what Pistache gives of itself, as a yardstick: its router, with one route that says hello
// (as /health does).
//
// usage: bench_router_hello PORT THREADS. Listens on loopback until it is killed. The body is as long as the answer of
// /health. A client has to send "Connection: keep-alive": without it this server closes after each answer.

#include <cstdio>
#include <cstdlib>

#include <pistache/endpoint.h>
#include <pistache/router.h>

int main(int count, char** words) {
  using namespace Pistache;
  if (count != 3) {
    std::fputs("usage: bench_router_hello PORT THREADS\n", stderr);
    return 2;
  }
  Rest::Router router;
  Rest::Routes::Get(router, "/health", [](const Rest::Request&, Http::ResponseWriter response) {
    response.send(Http::Code::Ok, R"({"status":"ok"})", MIME(Application, Json));
    return Rest::Route::Result::Ok;
  });
  Http::Endpoint server(Address("127.0.0.1", Port(static_cast<std::uint16_t>(std::atoi(words[1])))));
  server.init(Http::Endpoint::options().threads(std::atoi(words[2])).flags(Tcp::Options::ReuseAddr));
  server.setHandler(router.handler());
  server.serve();
}
