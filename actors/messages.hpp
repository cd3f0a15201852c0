#pragma once
// What actors say to each other. Small structs; what is large hangs behind a pointer to something constant, so that a
// copy of a message is cheap and no actor can change what another reads.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/password_pool.hpp"
#include "schema/dead_letter.hpp"
#include "schema/device_status.hpp"
#include "schema/error.hpp"
#include "schema/pg/client.hpp"
#include "schema/reading.hpp"
#include "schema/revocation_news.hpp"
#include "schema/twin.hpp"

namespace epicura {

// One message of stream TELEMETRY, decoded and checked on the consumer's thread.
struct TelemetryMessage {
  std::uint64_t stream_seq = 0;
  std::string ack_subject;
  std::string origin;  // the subject it came on
  Uuid device_id;
  Timestamp stored_at;  // by JetStream
  std::vector<Reading> readings;
  std::vector<RefusedReading> letters;  // what is refused, as dead letters
  std::size_t refused = 0;              // how many readings that is
  std::size_t unknown_fields = 0;       // dropped

  std::size_t parts() const { return readings.size() + letters.size(); }
};
using TelemetryMessages = std::vector<TelemetryMessage>;

// One message of stream DEVICE, likewise.
struct DeviceMessage {
  std::uint64_t stream_seq = 0;
  std::string ack_subject;
  std::string origin;
  Uuid device_id;
  StoredTime stored_at;
  bool retained = false;                  // the broker told it again: no news within its epoch
  std::optional<DeviceStatus> status;     // absent: another kind, which nothing here acts on yet
  std::optional<RefusedReading> refused;  // it could not be read
  std::size_t unknown_fields = 0;         // dropped
};

struct TelemetryBatch {
  std::shared_ptr<const TelemetryMessages> messages;
};

// The stream sequence of each row that is committed, one entry a row.
struct RowsWritten {
  std::shared_ptr<const std::vector<std::uint64_t>> stream_seqs;
};

// A row that PostgreSQL refuses by itself.
struct RowRefused {
  std::uint64_t stream_seq = 0;
  Uuid device_id;
  std::string origin;
  RefusedReading refused;
};

// A dead letter of the message `stream_seq` is to be published, for the first time or again.
struct LetterDue {
  std::uint64_t stream_seq = 0;
  std::string ack_subject;  // where the keeper of device states acknowledges; intake has it in its ledger
  std::shared_ptr<const DeadLetter> letter;
};

// It is stored, or could not be.
struct LetterDone {
  LetterDue due;
  bool stored = false;
};

// A unit of work at PostgreSQL ended; `tag` is the asker's own.
struct QueryDone {
  std::uint64_t tag = 0;
  pg::Outcome outcome;
};

// A publish of the asker's ended: JetStream has it, or why not.
struct StoreDone {
  std::optional<Errc> failure;
};

// A password of the asker's was proved or hashed.
struct PasswordDone {
  PasswordAnswer answer;
};

// A file of the asker's was read or written; what came of it, the asker knows by itself.
struct FileDone {};

// Sessions have ended somewhere, or a node gave a sign of life.
struct RevocationsHeard {
  std::shared_ptr<const RevocationNews> news;
};

// What of a look for due jobs could not be published; `more` may be due.
struct JobsQueued {
  std::vector<Uuid> failed;
  bool more = false;
};

// The job of this kind and period is made, here or on another node.
struct JobScheduled {
  std::string kind;
  std::int64_t period = 0;
};

// One message of stream JOBS.
struct JobDelivery {
  std::uint64_t stream_seq = 0;
  std::string ack_subject;
  std::string subject;
  std::string payload;
};

struct Readings {
  std::shared_ptr<const std::vector<Reading>> values;
};

struct PresenceChange {
  Uuid device_id;
  DeviceStatus status;
  StatusTime time;
};

// The device's actor has taken in what it was sent and may be sent more.
struct Fed {
  Uuid device_id;
};

struct TwinQuery {
  Uuid device_id;
};

struct TwinAnswer {
  std::shared_ptr<const Twin> twin;  // null: PostgreSQL, which knows the rest of it, is away
};

enum class BridgeSession { telemetry, device };

// A session of the bridge has its subscriptions, or lost its connection.
struct SessionChange {
  BridgeSession session = BridgeSession::telemetry;
  bool subscribed = false;
};

}  // namespace epicura
