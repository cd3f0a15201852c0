// The only file of the plugin that knows Mosquitto: its events in, verdicts out. All of it runs on the broker's one
// thread, so nothing here waits, and no exception leaves.

#include <mosquitto.h>
// mosquitto_broker.h must come first: mosquitto_plugin.h uses its types.
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "bridge/plugin/access.hpp"
#include "bridge/plugin/admission.hpp"
#include "bridge/plugin/backlog_guard.hpp"
#include "bridge/plugin/bridge_sessions.hpp"
#include "bridge/plugin/login.hpp"
#include "bridge/plugin/options.hpp"
#include "bridge/plugin/saved_file.hpp"
#include "bridge/plugin/tally.hpp"
#include "bridge/plugin/topic.hpp"

namespace epicura::bridge::plugin {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::seconds between_reports{5};

std::string_view view(const char* text) {
  return text == nullptr ? std::string_view{} : std::string_view{text};
}

std::optional<std::string_view> optional_view(const char* text) {
  if (text == nullptr) return std::nullopt;
  return text;
}

// So that a client id is looked up without a copy: it happens for every message.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

struct Plugin {
  Plugin(mosquitto_plugin_id_t* identifier, Options given)
      : id(identifier),
        options(std::move(given)),
        admission({[file = options.persistence_file] { return stamp_of(file); },
                   [file = options.persistence_file] { return holds_bridge_sessions(file); },
                   [] { std::raise(SIGUSR1); }}),
        backlog(options.backlog_limit_bytes) {}

  mosquitto_plugin_id_t* id;
  Options options;
  Admission admission;
  BacklogGuard backlog;
  Tally tally;
  RefusalLog log;
  std::unordered_map<std::string, const mosquitto*, TextHash, std::equal_to<>>
      speaking;            // client id -> the connection that has it now
  bool reloading = false;  // the broker asks again for each session that it has: nobody is connecting
  bool report_at_once = true;
  bool said_full = false;
  Steady::time_point reported_at;
};

void say(int level, const std::string& line) {
  mosquitto_log_printf(level, "%s", line.c_str());
}

void refuse(Plugin& plugin, Refusal refusal, const mosquitto* client, std::string_view about) {
  ++plugin.tally[refusal];
  const auto line = plugin.log.line(refusal, about, view(mosquitto_client_address(client)), Steady::now());
  if (line) say(MOSQ_LOG_WARNING, *line);
}

// Not the connection that has the client id (any more): what it publishes now is its will.
bool has_gone(const Plugin& plugin, const mosquitto* client, std::string_view client_id) {
  const auto found = plugin.speaking.find(client_id);
  return found == plugin.speaking.end() || found->second != client;
}

int on_connect(Plugin& plugin, mosquitto_evt_basic_auth& event) {
  if (plugin.reloading) return MOSQ_ERR_SUCCESS;
  const Login login{.client_id = view(mosquitto_client_id(event.client)),
                    .username = optional_view(event.username),
                    .password = optional_view(event.password),
                    .address = view(mosquitto_client_address(event.client)),
                    .clean_session = mosquitto_client_clean_session(event.client),
                    .protocol_version = mosquitto_client_protocol_version(event.client)};
  if (const Verdict verdict = may_connect(login, plugin.options.doors)) {
    refuse(plugin, *verdict, event.client, login.client_id);
    return MOSQ_ERR_AUTH;
  }
  if (is_device_id(login.client_id) && (!plugin.admission.open() || plugin.backlog.full())) {
    // Any other error than AUTH closes the connection without a CONNACK: to a device that is a broken line.
    refuse(plugin, plugin.admission.open() ? Refusal::backlog_full : Refusal::not_admitting, event.client,
           login.client_id);
    return MOSQ_ERR_UNKNOWN;
  }
  ++plugin.tally.connects;
  plugin.speaking[std::string(login.client_id)] = event.client;
  return MOSQ_ERR_SUCCESS;
}

int on_publish(Plugin& plugin, const mosquitto_evt_acl_check& event, std::string_view client_id) {
  const Publication publication{event.topic, event.retain, has_gone(plugin, event.client, client_id)};
  if (const Verdict verdict = may_publish(client_id, publication)) {
    refuse(plugin, *verdict, event.client, publication.topic);
    return MOSQ_ERR_ACL_DENIED;
  }
  if (publication.will || !is_device_id(client_id) || plugin.backlog.admits(event.payloadlen)) return MOSQ_ERR_SUCCESS;
  // A denied message would be acknowledged: the connection is closed instead, and the device keeps what it has sent.
  refuse(plugin, Refusal::backlog_full, event.client, client_id);
  return event.qos == 0 ? MOSQ_ERR_ACL_DENIED : MOSQ_ERR_UNKNOWN;
}

int on_access(Plugin& plugin, mosquitto_evt_acl_check& event) {
  const std::string_view client_id = view(mosquitto_client_id(event.client));
  Verdict verdict = Refusal::not_publishable;
  switch (event.access) {
    case MOSQ_ACL_WRITE:
      return on_publish(plugin, event, client_id);
    case MOSQ_ACL_READ:
      verdict = may_receive(client_id, event.topic);
      if (!verdict && *event.topic == '$') {
        plugin.backlog.broker_says(event.topic, {static_cast<const char*>(event.payload), event.payloadlen});
      }
      break;
    case MOSQ_ACL_SUBSCRIBE:
      verdict = may_subscribe(client_id, event.topic);
      if (!verdict) plugin.admission.subscribed(client_id, event.topic, event.qos);
      if (!verdict && event.topic == counters_topic) plugin.report_at_once = true;
      break;
    case MOSQ_ACL_UNSUBSCRIBE:
      verdict = may_unsubscribe(client_id, event.topic);
      break;
    default:
      break;
  }
  if (!verdict) return MOSQ_ERR_SUCCESS;
  refuse(plugin, *verdict, event.client, event.topic);
  return MOSQ_ERR_ACL_DENIED;
}

int on_message(Plugin& plugin, mosquitto_evt_message& event) {
  if (event.retain && !keeps_retained(event.topic)) {
    event.retain = false;
    ++plugin.tally.retained_cleared;
  }
  return MOSQ_ERR_SUCCESS;
}

int on_disconnect(Plugin& plugin, mosquitto_evt_disconnect& event) {
  const std::string_view client_id = view(mosquitto_client_id(event.client));
  if (!has_gone(plugin, event.client, client_id)) plugin.speaking.erase(std::string(client_id));
  return MOSQ_ERR_SUCCESS;
}

int on_reload(Plugin& plugin, mosquitto_evt_reload&) {
  plugin.reloading = true;
  return MOSQ_ERR_PLUGIN_DEFER;
}

void report(Plugin& plugin, Steady::time_point now) {
  plugin.reported_at = now;
  plugin.report_at_once = false;
  const std::string json =
      to_json(plugin.tally, {plugin.admission.open(), plugin.speaking.size(), plugin.backlog.bytes()});
  // QoS 0: for a bridge that is away nothing is queued.
  mosquitto_broker_publish_copy(nullptr, counters_topic.data(), static_cast<int>(json.size()), json.data(), 0, false,
                                nullptr);
}

int on_tick(Plugin& plugin, mosquitto_evt_tick&) {
  const auto now = Steady::now();
  plugin.reloading = false;
  if (plugin.admission.tick(now)) {
    say(MOSQ_LOG_NOTICE, "epicura: the bridge's sessions are saved, devices are admitted");
    plugin.report_at_once = true;
  }
  if (plugin.backlog.full() != plugin.said_full) {
    plugin.said_full = plugin.backlog.full();
    say(MOSQ_LOG_WARNING, plugin.said_full ? "epicura: the backlog limit is reached, devices are held off"
                                           : "epicura: the backlog is smaller again, devices are let in");
    plugin.report_at_once = true;
  }
  if (plugin.report_at_once || now - plugin.reported_at >= between_reports) report(plugin, now);
  return MOSQ_ERR_SUCCESS;
}

// Exceptions stop here; on_error is what the broker is told then.
template <class Event, int (*handle)(Plugin&, Event&), int on_error>
int guarded(int, void* event, void* userdata) noexcept {
  try {
    return handle(*static_cast<Plugin*>(userdata), *static_cast<Event*>(event));
  } catch (const std::exception& error) {
    mosquitto_log_printf(MOSQ_LOG_ERR, "epicura: %s", error.what());
  } catch (...) {
    mosquitto_log_printf(MOSQ_LOG_ERR, "epicura: an unknown exception");
  }
  return on_error;
}

constexpr std::pair<int, MOSQ_FUNC_generic_callback> callbacks[] = {
    {MOSQ_EVT_BASIC_AUTH, guarded<mosquitto_evt_basic_auth, on_connect, MOSQ_ERR_UNKNOWN>},
    {MOSQ_EVT_ACL_CHECK, guarded<mosquitto_evt_acl_check, on_access, MOSQ_ERR_UNKNOWN>},
    {MOSQ_EVT_MESSAGE, guarded<mosquitto_evt_message, on_message, MOSQ_ERR_UNKNOWN>},
    {MOSQ_EVT_DISCONNECT, guarded<mosquitto_evt_disconnect, on_disconnect, MOSQ_ERR_SUCCESS>},
    {MOSQ_EVT_RELOAD, guarded<mosquitto_evt_reload, on_reload, MOSQ_ERR_PLUGIN_DEFER>},
    {MOSQ_EVT_TICK, guarded<mosquitto_evt_tick, on_tick, MOSQ_ERR_SUCCESS>},
};

void unregister_all(mosquitto_plugin_id_t* id) {
  for (const auto& [event, callback] : callbacks) mosquitto_callback_unregister(id, event, callback, nullptr);
}

int start(mosquitto_plugin_id_t* id, void** userdata, const mosquitto_opt* given, int count) {
  std::map<std::string, std::string> options;
  for (int i = 0; i < count; ++i) options[given[i].key] = given[i].value;
  auto plugin = std::make_unique<Plugin>(id, read_options(options));
  for (const auto& [event, callback] : callbacks) {
    const int rc = mosquitto_callback_register(id, event, callback, nullptr, plugin.get());
    if (rc == MOSQ_ERR_SUCCESS) continue;
    mosquitto_log_printf(MOSQ_LOG_ERR, "epicura: event %d cannot be watched (error %d)", event, rc);
    unregister_all(id);
    return rc;
  }
  *userdata = plugin.release();
  return MOSQ_ERR_SUCCESS;
}

}  // namespace
}  // namespace epicura::bridge::plugin

#define EPICURA_EXPORTED extern "C" __attribute__((visibility("default")))

EPICURA_EXPORTED int mosquitto_plugin_version(int count, const int* supported) {
  for (int i = 0; i < count; ++i) {
    if (supported[i] == MOSQ_PLUGIN_VERSION) return MOSQ_PLUGIN_VERSION;
  }
  return -1;
}

EPICURA_EXPORTED int mosquitto_plugin_init(mosquitto_plugin_id_t* identifier, void** userdata, mosquitto_opt* options,
                                           int option_count) {
  try {
    return epicura::bridge::plugin::start(identifier, userdata, options, option_count);
  } catch (const std::exception& error) {
    mosquitto_log_printf(MOSQ_LOG_ERR, "epicura: %s", error.what());
  } catch (...) {
    mosquitto_log_printf(MOSQ_LOG_ERR, "epicura: an unknown exception");
  }
  return MOSQ_ERR_UNKNOWN;
}

EPICURA_EXPORTED int mosquitto_plugin_cleanup(void* userdata, mosquitto_opt*, int) {
  const std::unique_ptr<epicura::bridge::plugin::Plugin> plugin(
      static_cast<epicura::bridge::plugin::Plugin*>(userdata));
  if (plugin) epicura::bridge::plugin::unregister_all(plugin->id);
  return MOSQ_ERR_SUCCESS;
}
