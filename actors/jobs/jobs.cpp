#include "actors/jobs/jobs.hpp"

namespace epicura::jobs {

JobWorks works(const Tools& tools) {
  return {
      {"erase_users", [tools](const Job&) { return erase_users(tools.ask, tools.media, tools.mailer); }},
      {"image", [tools](const Job& job) { return decode_image(tools, job); }},
      {"mail", [tools](const Job& job) { return send_mail(tools, job); }},
      {"tidy", [tools](const Job&) { return tidy(tools); }},
  };
}

JobEnd not_answered(const pg::Outcome& outcome) {
  if (outcome.failure == pg::Failure::refused) return {JobEnd::How::again, "PostgreSQL refuses: " + outcome.sqlstate};
  return {JobEnd::How::later, "PostgreSQL is away"};
}

}  // namespace epicura::jobs
