#pragma once
// Every type that travels between actors, in one type-id block. All of them stay inside this process: they need no
// serialization, only a copy.

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/type_id.hpp>

#include "actors/messages.hpp"

CAF_BEGIN_TYPE_ID_BLOCK(epicura, first_custom_type_id)

CAF_ADD_TYPE_ID(epicura, (epicura::TelemetryBatch))
CAF_ADD_TYPE_ID(epicura, (epicura::RowsWritten))
CAF_ADD_TYPE_ID(epicura, (epicura::RowRefused))
CAF_ADD_TYPE_ID(epicura, (epicura::LetterDue))
CAF_ADD_TYPE_ID(epicura, (epicura::LetterDone))
CAF_ADD_TYPE_ID(epicura, (epicura::QueryDone))
CAF_ADD_TYPE_ID(epicura, (epicura::StoreDone))
CAF_ADD_TYPE_ID(epicura, (epicura::PasswordDone))
CAF_ADD_TYPE_ID(epicura, (epicura::FileDone))
CAF_ADD_TYPE_ID(epicura, (epicura::RevocationsHeard))
CAF_ADD_TYPE_ID(epicura, (epicura::JobsQueued))
CAF_ADD_TYPE_ID(epicura, (epicura::JobScheduled))
CAF_ADD_TYPE_ID(epicura, (epicura::JobDelivery))
CAF_ADD_TYPE_ID(epicura, (epicura::Readings))
CAF_ADD_TYPE_ID(epicura, (epicura::PresenceChange))
CAF_ADD_TYPE_ID(epicura, (epicura::Fed))
CAF_ADD_TYPE_ID(epicura, (epicura::TwinQuery))
CAF_ADD_TYPE_ID(epicura, (epicura::TwinAnswer))
CAF_ADD_TYPE_ID(epicura, (epicura::SessionChange))

// At most 10 characters each.
CAF_ADD_ATOM(epicura, epicura, arrived_atom, "arrived")
CAF_ADD_ATOM(epicura, epicura, fed_atom, "fed")
CAF_ADD_ATOM(epicura, epicura, flush_atom, "flush")
CAF_ADD_ATOM(epicura, epicura, linger_atom, "linger")
CAF_ADD_ATOM(epicura, epicura, retry_atom, "retry")
CAF_ADD_ATOM(epicura, epicura, sweep_atom, "sweep")
CAF_ADD_ATOM(epicura, epicura, start_atom, "start")
CAF_ADD_ATOM(epicura, epicura, stop_atom, "stop")
CAF_ADD_ATOM(epicura, epicura, deadline_atom, "deadline")
CAF_ADD_ATOM(epicura, epicura, gone_atom, "gone")
CAF_ADD_ATOM(epicura, epicura, lock_atom, "lock")
CAF_ADD_ATOM(epicura, epicura, gate_atom, "gate")
CAF_ADD_ATOM(epicura, epicura, lost_atom, "lost")
CAF_ADD_ATOM(epicura, epicura, due_atom, "due")

CAF_END_TYPE_ID_BLOCK(epicura)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(epicura::TelemetryBatch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(epicura::RowsWritten)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(epicura::RowRefused)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(epicura::LetterDue)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(epicura::LetterDone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(epicura::QueryDone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(epicura::StoreDone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(epicura::PasswordDone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(epicura::FileDone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(epicura::RevocationsHeard)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(epicura::JobsQueued)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(epicura::JobScheduled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(epicura::JobDelivery)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(epicura::Readings)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(epicura::PresenceChange)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(epicura::Fed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(epicura::TwinQuery)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(epicura::TwinAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(epicura::SessionChange)
