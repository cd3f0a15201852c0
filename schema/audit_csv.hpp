#pragma once
// The audit log as CSV, for whoever reads it outside: all columns, hashes in hexadecimal, a null as an empty cell.

#include <string>

#include "schema/audit_chain.hpp"

namespace epicura {

void append_audit_csv_header(std::string& out);
void append_audit_csv(std::string& out, const AuditRow& row);

}  // namespace epicura
