#include "bus/connection.hpp"

#include <doctest/doctest.h>

#include "bus_fixture.hpp"

namespace epicura::bus {
namespace {

// A connection of one user, and the errors that the server answers it with.
struct Guest {
  explicit Guest(const std::string& url, const std::string& inbox_prefix) {
    natsOptions* options = nullptr;
    natsOptions_Create(&options);
    natsOptions_SetURL(options, url.c_str());
    natsOptions_SetAllowReconnect(options, false);
    natsOptions_SetCustomInboxPrefix(options, inbox_prefix.c_str());
    natsOptions_SetErrorHandler(
        options,
        [](natsConnection*, natsSubscription*, natsStatus, void* self) { ++static_cast<Guest*>(self)->errors; }, this);
    status = natsConnection_Connect(&raw, options);
    natsOptions_Destroy(options);
  }
  ~Guest() { natsConnection_Destroy(raw); }

  bool may_publish(const std::string& subject) {
    const int before = errors;
    natsConnection_PublishString(raw, subject.c_str(), "x");
    natsConnection_FlushTimeout(raw, 2000);
    return !wait_until([&] { return errors > before; }, Millis{40});
  }
  bool may_subscribe(const std::string& subject) {
    const int before = errors;
    natsSubscription* subscription = nullptr;
    natsConnection_SubscribeSync(&subscription, raw, subject.c_str());
    natsConnection_FlushTimeout(raw, 2000);
    const bool allowed = !wait_until([&] { return errors > before; }, Millis{40});
    natsSubscription_Destroy(subscription);
    return allowed;
  }

  std::atomic<int> errors{0};
  natsConnection* raw = nullptr;
  natsStatus status = NATS_OK;
};

TEST_CASE("who may what on the bus") {
  const NatsServer server;
  SUBCASE("nobody without a password, or with a wrong one") {
    CHECK(Guest("nats://127.0.0.1:" + std::to_string(server.port()), "_INBOX_x").status != NATS_OK);
    CHECK(Guest(server.url("epicura", "wrong"), "_INBOX_epicura").status != NATS_OK);
    CHECK(Guest(server.url("ops", NatsServer::epicura_password), "_INBOX_ops").status != NATS_OK);
    CHECK(Guest(server.url("admin", ""), "_INBOX_x").status != NATS_OK);
    CHECK(Guest(server.url(), "_INBOX_epicura").status == NATS_OK);
  }
  SUBCASE("ops looks on, and never publishes") {
    Guest ops(server.url("ops", NatsServer::ops_password), "_INBOX_ops");
    REQUIRE(ops.status == NATS_OK);
    for (const auto* subject : {"epicura.>", "epicura.*.telemetry.>", "cloud.sessions.>", "cloud.jobs.>",
                                "cloud.dead-letter.>", "_INBOX_ops.x"})
      CHECK_MESSAGE(ops.may_subscribe(subject), subject);
    for (const auto* subject : {"cloud.users.>", "cloud.>", ">", "cloud.users.1.notifications", "$JS.>", "$SYS.>",
                                "_INBOX_epicura.>", "_INBOX.>", "cloud.*.>"})
      CHECK_MESSAGE(!ops.may_subscribe(subject), subject);
    for (const auto* subject : {"epicura.x.telemetry", "epicura.x.commands", "cloud.jobs.x", "_INBOX_ops.x", "anything",
                                "$JS.API.INFO", "$JS.API.STREAM.INFO.TELEMETRY", "$JS.API.STREAM.DELETE.TELEMETRY",
                                "$JS.ACK.TELEMETRY.telemetry-writer.1.1.1.1.1"})
      CHECK_MESSAGE(!ops.may_publish(subject), subject);
  }
  SUBCASE("the program reaches what it needs, and no more") {
    Guest epicura(server.url(), "_INBOX_epicura");
    REQUIRE(epicura.status == NATS_OK);
    for (const auto* subject : {"epicura.x.telemetry", "epicura.x.telemetry.a.b", "epicura.x.status",
                                "epicura.x.events.e", "epicura.x.commands.ack", "epicura.x.shadow.reported",
                                "epicura.x.ota.progress", "cloud.dead-letter.mqtt", "$JS.API.STREAM.INFO.TELEMETRY",
                                "$JS.API.STREAM.CREATE.DEVICE", "$JS.API.CONSUMER.INFO.TELEMETRY.telemetry-writer"})
      CHECK_MESSAGE(epicura.may_publish(subject), subject);
    for (const auto* subject :
         {"$JS.API.ACCOUNT.PURGE.x", "$JS.API.ACCOUNT.STREAM.PEER.REMOVE", "$JS.API.SERVER.REMOVE",
          "$JS.API.STREAM.CREATE.OTHER", "$JS.API.STREAM.LIST", "$JS.API.STREAM.DELETE.OTHER",
          "$JS.API.META.LEADER.STEPDOWN", "epicura.x.commands", "epicura.x.ota", "epicura.x.shadow.desired",
          "cloud.users.1.notifications", "$SYS.REQ.x", "_INBOX_ops.x", "_INBOX_epicura.x"})
      CHECK_MESSAGE(!epicura.may_publish(subject), subject);
    for (const auto* subject : {"epicura.>", "cloud.users.>", ">", "_INBOX_ops.>", "$JS.>", "$SYS.>"})
      CHECK_MESSAGE(!epicura.may_subscribe(subject), subject);
  }
}

TEST_CASE("everything the program asks of the server is permitted") {
  const NatsServer server;
  Process process(server);
  REQUIRE(process.settled());
  CHECK(process.store.store_all(numbered("x", 10)));
  CHECK(wait_until([&] { return process.received.size() == 10; }));
  REQUIRE(process.connection.flush(Millis{2000}));
  const char* text = nullptr;
  CHECK(natsConnection_GetLastError(process.connection.link().get(), &text) == NATS_OK);
}

TEST_CASE("ops sees live telemetry, over a restart of the server") {
  NatsServer server;
  Process process(server);
  observe::Metrics metrics;
  Connection ops({server.url("ops", NatsServer::ops_password), "watch", "_INBOX_ops"}, {}, metrics);
  std::mutex mutex;
  std::vector<std::string> seen;
  Subscription live(ops, "epicura.>", [&](natsMsg* message) {
    const std::scoped_lock lock(mutex);
    seen.emplace_back(natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message)));
  });
  ops.start();
  REQUIRE(process.settled());
  const auto sees = [&](const std::string& payload) {
    return wait_until([&] {
      process.store.store_all(std::vector{telemetry(payload)});
      const std::scoped_lock lock(mutex);
      return std::find(seen.begin(), seen.end(), payload) != seen.end();
    });
  };
  CHECK(sees("first"));
  server.kill();
  server.start();
  CHECK(sees("second"));
}

TEST_CASE("a server that starts later is found; events tell of each loss and return") {
  NatsServer server({}, false);
  observe::Metrics metrics;
  std::atomic<int> connects{0};
  std::atomic<int> losses{0};
  Connection connection(settings_for(server), {[&](bool connected) { ++(connected ? connects : losses); }}, metrics);
  const auto begun = std::chrono::steady_clock::now();
  REQUIRE(connection.start());
  CHECK(std::chrono::steady_clock::now() - begun < Millis{200});
  CHECK_FALSE(wait_until([&] { return connection.connected(); }, Millis{300}));
  server.start();
  REQUIRE(wait_until([&] { return connects == 1 && connection.connected(); }));
  for (int round = 1; round <= 5; ++round) {
    server.kill();
    REQUIRE(wait_until([&] { return losses == round && !connection.connected(); }));
    server.start();
    REQUIRE(wait_until([&] { return connects == round + 1 && connection.connected(); }));
  }
  CHECK(metrics.text().find("epicura_bus_reconnects_total 5") != std::string::npos);
  connection.drain(Millis{500});
  CHECK(losses == 6);
  connection.drain(Millis{500});
}

TEST_CASE("a refused password ends the library's connection for good, not ours") {
  NatsServer server;
  Process process(server);
  REQUIRE(process.settled());
  const Link before = process.connection.link();
  server.kill();
  server.set_password("another-password");
  server.start();
  REQUIRE(wait_until([&] { return natsConnection_Status(before.get()) == NATS_CONN_STATUS_CLOSED; }));
  CHECK_FALSE(process.store.store_all(numbered("x", 1)));
  server.kill();
  server.set_password(NatsServer::epicura_password);
  server.start();
  REQUIRE(process.settled(Millis{15'000}));
  CHECK(process.connection.link() != before);
  REQUIRE(process.store.store_all(numbered("again", 10)));
  CHECK(wait_until([&] { return process.received.has("again-9"); }));
}

TEST_CASE("a stalled server is noticed by the third ping") {
  NatsServer server;
  observe::Metrics metrics;
  ConnectionSettings settings = settings_for(server);
  CHECK(settings.ping_interval * 3 < Millis{10'000});
  settings.ping_interval = Millis{300};
  Connection connection(settings, {}, metrics);
  REQUIRE(connection.start());
  REQUIRE(wait_until([&] { return connection.connected(); }));
  server.pause();
  const auto begun = std::chrono::steady_clock::now();
  CHECK(wait_until([&] { return !connection.connected(); }, Millis{2000}));
  CHECK(std::chrono::steady_clock::now() - begun < Millis{1100});
  server.resume();
  CHECK(wait_until([&] { return connection.connected(); }));
}

TEST_CASE("a connection can end at any moment") {
  for (const int after : {0, 1, 20, 200}) {
    NatsServer server({}, after != 1);
    Process process(server);
    std::this_thread::sleep_for(Millis{after});
    if (after == 20) server.kill();
    if (after == 200) server.pause();
    const auto begun = std::chrono::steady_clock::now();
    process.keeper.reset();
    process.store.stop();
    process.consumer.drain(Millis{500});
    process.connection.drain(Millis{500});
    CHECK(std::chrono::steady_clock::now() - begun < Millis{6000});
  }
  observe::Metrics metrics;
  Connection never_started({"nats://127.0.0.1:1", "x", "_INBOX_x"}, {}, metrics);
  Connection unreadable({"nats://127.0.0.1:notaport", "x", "_INBOX_x"}, {}, metrics);
  CHECK(unreadable.start());
  CHECK_FALSE(wait_until([&] { return unreadable.connected(); }, Millis{50}));
}

}  // namespace
}  // namespace epicura::bus
