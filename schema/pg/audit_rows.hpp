#pragma once
// The audit log between its types and audit_queries.hpp.

#include "schema/audit.hpp"
#include "schema/audit_chain.hpp"
#include "schema/pg/params.hpp"
#include "schema/pg/result.hpp"

namespace epicura::pg {

// Of append_audit.
Params audit_params(const AuditEntry& entry);

// One of a statement's entries; views into `rows`.
AuditRow audit_row(const Rows& rows, int row);

}  // namespace epicura::pg
