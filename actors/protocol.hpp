#pragma once
// The map of all actors: who they are and what may be said to them. INTERNAL marks what an actor says to itself, or
// what the callbacks of its own resources say to it.

#include <caf/typed_actor.hpp>

#include "actors/type_ids.hpp"

namespace epicura {

// -- the way of a reading ---------------------------------------------------------------------------------------------

// Whoever hands rows to the writer hears of each row's end.
using row_owner_actor = caf::typed_actor<
    // These rows are committed.
    caf::reacts_to<RowsWritten>,
    // PostgreSQL refuses this row by itself; it is not written.
    caf::reacts_to<RowRefused>>;

// Takes what stream TELEMETRY delivers, in its order: keeps account of it, hands rows to the writer and readings to the
// twins, acknowledges a message once all of it is committed.
using intake_actor = row_owner_actor::extend<
    // INTERNAL: the consumer's thread has put messages into the inbox.
    caf::reacts_to<arrived_atom>,
    // INTERNAL: publish a dead letter; it is stored or not.
    caf::reacts_to<LetterDue>, caf::reacts_to<LetterDone>,
    // The directory has taken in a batch.
    caf::reacts_to<fed_atom>,
    // Answers, with the number of messages that were still open, once nothing is open any more.
    caf::replies_to<flush_atom>::with<std::uint64_t>>;

// Writes rows in batches, several messages to a transaction.
using writer_actor = caf::typed_actor<
    // Rows to write; the sender hears of each row.
    caf::reacts_to<TelemetryBatch>,
    // INTERNAL: a batch ended at PostgreSQL.
    caf::reacts_to<QueryDone>,
    // INTERNAL: the first row of a batch has waited long enough.
    caf::reacts_to<linger_atom, std::uint64_t>,
    // PostgreSQL is back, or the pause after a failure is over.
    caf::reacts_to<retry_atom>>;

// -- devices ----------------------------------------------------------------------------------------------------------

// One per device: its twin. Made on the first message, let go when idle, made again on demand.
using device_actor = caf::typed_actor<
    // New readings. Answered so that there is at most one such message under way.
    caf::replies_to<Readings>::with<Fed>,
    // A birth or a will.
    caf::reacts_to<PresenceChange>,
    // The twin, completed from PostgreSQL the first time.
    caf::replies_to<TwinQuery>::with<TwinAnswer>,
    // INTERNAL: what PostgreSQL knows of the device.
    caf::reacts_to<QueryDone>>;

// Parent of all device actors: the only one who makes them, feeds them and lets them go.
using directory_actor = caf::typed_actor<
    // Readings for any number of devices, from intake.
    caf::replies_to<TelemetryBatch>::with<fed_atom>,
    // A birth or a will, from the keeper of device states.
    caf::reacts_to<PresenceChange>,
    // A device's actor may be sent more.
    caf::reacts_to<Fed>,
    // Whoever asks for a twin.
    caf::replies_to<TwinQuery>::with<TwinAnswer>,
    // INTERNAL: let go who is idle.
    caf::reacts_to<sweep_atom>>;

// Takes what stream DEVICE delivers and keeps devices.status, compare-and-set on epoch.
using device_state_actor = caf::typed_actor<
    // INTERNAL: the consumer's thread has put messages into the inbox.
    caf::reacts_to<arrived_atom>,
    // INTERNAL: a status is written or not.
    caf::reacts_to<QueryDone>,
    // INTERNAL: a dead letter is stored or not.
    caf::reacts_to<LetterDone>,
    // INTERNAL: look for devices that have fallen silent.
    caf::reacts_to<sweep_atom>>;

// Keeps dead letters for people to look through.
using dead_letter_writer_actor = caf::typed_actor<
    // INTERNAL: the consumer's thread has put letters into the inbox.
    caf::reacts_to<arrived_atom>,
    // INTERNAL: a batch is written or not.
    caf::reacts_to<QueryDone>>;

// -- the edges --------------------------------------------------------------------------------------------------------

// Owns the two MQTT sessions, and the lock that says that there is one bridge to a broker.
using bridge_actor = caf::typed_actor<
    // INTERNAL: a session has its subscriptions or lost them.
    caf::reacts_to<SessionChange>,
    // INTERNAL: PostgreSQL answered about the lock.
    caf::reacts_to<QueryDone>,
    // Whether messages can be stored has changed: the sessions look again.
    caf::reacts_to<gate_atom>,
    // INTERNAL: begin, with or without an answer about the lock.
    caf::reacts_to<start_atom>,
    // INTERNAL: ask for the lock (again).
    caf::reacts_to<lock_atom>,
    // Hang up for good, without DISCONNECT. Answered when both sessions' threads have ended.
    caf::replies_to<stop_atom>::with<stop_atom>>;

// One per API request, from the first byte of its handling to its answer.
using request_actor = caf::typed_actor<
    // INTERNAL: begin.
    caf::reacts_to<start_atom>,
    // INTERNAL: PostgreSQL answered.
    caf::reacts_to<QueryDone>,
    // INTERNAL: JetStream answered.
    caf::reacts_to<StoreDone>,
    // INTERNAL: a password was proved or hashed.
    caf::reacts_to<PasswordDone>,
    // INTERNAL: a file was read or written.
    caf::reacts_to<FileDone>,
    // INTERNAL: an answer that was held back is due.
    caf::reacts_to<due_atom>,
    // The request's time is over.
    caf::reacts_to<deadline_atom>,
    // The client has gone.
    caf::reacts_to<gone_atom>>;

// Knows which sessions of people have ended, from all nodes.
using revocation_actor = caf::typed_actor<
    // Time for a sign of life: 0 from whoever knows that NATS or PostgreSQL is back; else INTERNAL, a generation.
    caf::reacts_to<sweep_atom, std::uint64_t>,
    // INTERNAL: something came over the feed.
    caf::reacts_to<RevocationsHeard>,
    // The connection to NATS was lost, and what came meanwhile with it.
    caf::reacts_to<lost_atom>,
    // INTERNAL: what ended before is read, or not.
    caf::reacts_to<QueryDone>>;

// -- jobs -------------------------------------------------------------------------------------------------------------

// Hands what is due from the table of jobs to stream JOBS.
using job_queue_actor = caf::typed_actor<
    // Time to look: 0 from whoever has made a job; else INTERNAL, a generation.
    caf::reacts_to<sweep_atom, std::uint64_t>,
    // INTERNAL: what is due.
    caf::reacts_to<QueryDone>,
    // INTERNAL: it is published, or not.
    caf::reacts_to<JobsQueued>,
    // INTERNAL: a job that comes by the clock is in the table.
    caf::reacts_to<JobScheduled>>;

// Does them.
using job_runner_actor = caf::typed_actor<
    // One message of the stream.
    caf::reacts_to<JobDelivery>>;

// -- the house --------------------------------------------------------------------------------------------------------

// Makes the partitions of the days to come and drops those of days gone by.
using partition_actor = caf::typed_actor<
    // Time to look: 0 from whoever knows that PostgreSQL is back; else INTERNAL, a generation.
    caf::reacts_to<sweep_atom, std::uint64_t>,
    // INTERNAL: made or not.
    caf::reacts_to<QueryDone>>;

// Ends the actors in order; ends the process when one of them dies unexpectedly.
using terminator_actor = caf::typed_actor<
    // End them all. Answered when the last has ended.
    caf::replies_to<stop_atom>::with<stop_atom>>;

}  // namespace epicura
