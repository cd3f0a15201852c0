#include "bus/streams.hpp"

#include <algorithm>

#include "schema/observe/log.hpp"

namespace epicura::bus {
namespace {

constexpr std::string_view room = "bus";

std::int64_t ns(Millis time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

StreamFacts facts_of(const jsStreamInfo& info) {
  return {info.Created, info.Config->MaxBytes, info.State.Msgs, info.State.Bytes, info.State.LastSeq};
}

std::string words(natsStatus status) {
  const char* detail = nats_GetLastError(nullptr);
  return detail != nullptr && *detail != '\0' ? detail : natsStatus_GetText(status);
}

const char* remedy(jsErrCode code) {
  switch (code) {
    case JSInsufficientResourcesErr:
    case JSStorageResourcesExceededErr:
      return "raise max_file_store in nats-server.conf, or lower the streams' limits (EPICURA_TELEMETRY_MAX_BYTES, "
             "EPICURA_DEVICE_MAX_BYTES, EPICURA_DEAD_LETTER_MAX_BYTES)";
    case JSNotEnabledErr:
    case JSNotEnabledForAccountErr:
      return "enable jetstream in nats-server.conf";
    default:
      return "it is tried again every second";
  }
}

jsRetentionPolicy retention(const StreamSpec& spec) {
  return spec.keeping == Keeping::work_queue ? js_WorkQueuePolicy : js_LimitsPolicy;
}

jsDiscardPolicy discard(const StreamSpec& spec) {
  return spec.keeping == Keeping::work_queue ? js_DiscardNew : js_DiscardOld;
}

StreamInfo create(jsCtx* js, const StreamSpec& spec, Pace& pace) {
  std::vector<const char*> subjects;
  for (const auto& subject : spec.subjects) subjects.push_back(subject.c_str());
  jsStreamConfig config;
  jsStreamConfig_Init(&config);
  config.Name = spec.name.c_str();
  config.Subjects = subjects.data();
  config.SubjectsLen = static_cast<int>(subjects.size());
  config.Retention = retention(spec);
  config.Discard = discard(spec);
  config.Storage = js_FileStorage;
  config.MaxBytes = spec.max_bytes;
  config.MaxAge = ns(spec.max_age);
  config.Duplicates = ns(spec.duplicate_window);
  jsStreamInfo* info = nullptr;
  jsErrCode code{};
  const natsStatus status = js_AddStream(&info, js, &config, nullptr, &code);
  if (status == NATS_OK) {
    log::info(room, "made stream {}: {} bytes", spec.name, spec.max_bytes);
  } else if (pace.due()) {
    log::error(room, "cannot make stream {} ({} bytes): {}; {}", spec.name, spec.max_bytes, words(status),
               remedy(code));
  }
  return StreamInfo(info);
}

// What no update may change silently. Empty: nothing.
std::string unfit(const jsStreamConfig& config, const StreamSpec& spec) {
  if (config.Retention != retention(spec)) return "it keeps messages in another way";
  if (config.Storage != js_FileStorage) return "it is not stored in files";
  if (config.Discard != discard(spec)) return "it discards other messages when it is full";
  for (const auto& wanted : spec.subjects) {
    if (std::none_of(config.Subjects, config.Subjects + config.SubjectsLen,
                     [&wanted](const char* subject) { return wanted == subject; }))
      return "it does not take " + wanted;
  }
  return {};
}

}  // namespace

StreamSpec telemetry_stream(std::int64_t max_bytes) {
  // No message carries an id here: the window is the smallest that the server takes.
  return {"TELEMETRY", {"epicura.*.telemetry", "epicura.*.telemetry.>"}, max_bytes, Millis{0}, Millis{100}};
}

StreamSpec device_stream(std::int64_t max_bytes) {
  return {"DEVICE",
          {"epicura.*.status", "epicura.*.events.*", "epicura.*.commands.ack", "epicura.*.shadow.reported",
           "epicura.*.ota.progress"},
          max_bytes,
          Millis{0},
          Millis{120'000}};
}

StreamSpec dead_letter_stream(std::int64_t max_bytes) {
  return {"DEAD_LETTER", {"cloud.dead-letter.*"}, max_bytes, Millis{0}, Millis{100}};
}

StreamSpec job_stream() {
  constexpr std::int64_t max_bytes = 64 << 20;  // hundreds of thousands; what does not fit waits in PostgreSQL
  return {"JOBS", {"cloud.jobs.*"}, max_bytes, Millis{0}, Millis{120'000}, Keeping::work_queue};
}

std::optional<StreamFacts> ensure_stream(jsCtx* js, const StreamSpec& spec, Pace& pace) {
  jsStreamInfo* raw = nullptr;
  jsErrCode code{};
  const natsStatus status = js_GetStreamInfo(&raw, js, spec.name.c_str(), nullptr, &code);
  StreamInfo info(raw);
  if (status == NATS_NOT_FOUND) {
    info = create(js, spec, pace);
    if (!info) return std::nullopt;
    return facts_of(*info);
  }
  if (status != NATS_OK) {
    if (pace.due()) log::warning(room, "cannot see stream {}: {}; {}", spec.name, words(status), remedy(code));
    return std::nullopt;
  }
  jsStreamConfig& config = *info->Config;
  if (const auto reason = unfit(config, spec); !reason.empty()) {
    if (pace.due())
      log::error(room, "stream {} cannot be used: {}; delete it (its messages with it) and it is made anew", spec.name,
                 reason);
    return std::nullopt;
  }
  if (config.MaxBytes == spec.max_bytes && config.MaxAge == ns(spec.max_age) &&
      config.Duplicates == ns(spec.duplicate_window))
    return facts_of(*info);

  const auto before = config.MaxBytes;
  config.MaxBytes = spec.max_bytes;
  config.MaxAge = ns(spec.max_age);
  config.Duplicates = ns(spec.duplicate_window);
  jsStreamInfo* updated = nullptr;
  const natsStatus update = js_UpdateStream(&updated, js, &config, nullptr, &code);
  const StreamInfo held(updated);
  if (update == NATS_OK) {
    log::info(room, "updated stream {}: {} bytes, before {}", spec.name, spec.max_bytes, before);
    return facts_of(*held);
  }
  config.MaxBytes = before;  // the stream works on with its old limits
  if (pace.due()) log::error(room, "cannot update stream {}: {}; {}", spec.name, words(update), remedy(code));
  return facts_of(*info);
}

}  // namespace epicura::bus
