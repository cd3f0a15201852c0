#pragma once
// The kinds of jobs: what each does, one file a kind.

#include <array>

#include "actors/job_queue.hpp"
#include "actors/job_runner.hpp"
#include "actors/mail/mailer.hpp"
#include "actors/media/image_decoder.hpp"
#include "schema/mail_link.hpp"
#include "schema/settings/settings.hpp"

namespace epicura::jobs {

// What they need. Outlives them.
struct Tools {
  const Settings& settings;
  Ask ask;
  const MailLinks& links;
  Mailer& mailer;
  const MediaStore& media;
  const ImageDecoder& decoder;
};

// By kind; each is one level of a subject.
JobWorks works(const Tools& tools);

inline constexpr std::array scheduled{
    ScheduledJob{"tidy", std::chrono::hours{1}},
    ScheduledJob{"erase_users", std::chrono::hours{1}},
};

JobEnd send_mail(const Tools& tools, const Job& job);
JobEnd tidy(const Tools& tools);  // deletes rows and files that nobody asks for any more
// Whose time to take a deletion back is over.
JobEnd erase_users(const Ask& ask, const MediaStore& media, const Mailer& mailer);
JobEnd decode_image(const Tools& tools, const Job& job);

// How a job ends that PostgreSQL did not answer.
JobEnd not_answered(const pg::Outcome& outcome);

}  // namespace epicura::jobs
