// A mail to a user. What it says, and where it goes, is read when it is sent; so is its link made.

#include "actors/jobs/jobs.hpp"
#include "schema/mail/compose.hpp"
#include "schema/pg/account_link_queries.hpp"

namespace epicura::jobs {

namespace {

struct MailName {
  std::string_view name;  // in the job's arguments
  mail::Kind kind;
  std::optional<MailLinkPurpose> link = {};
};
constexpr MailName names[] = {
    {"verify_email", mail::Kind::verify_email, MailLinkPurpose::verify_email},
    {"reset_password", mail::Kind::reset_password, MailLinkPurpose::reset_password},
    {"change_email", mail::Kind::change_email, MailLinkPurpose::change_email},
    {"undo_email_change", mail::Kind::email_change_told, MailLinkPurpose::undo_email_change},
    {"password_changed", mail::Kind::password_changed},
    {"account_deleted", mail::Kind::account_deleted},
    {"account_restored", mail::Kind::account_restored},
    {"mfa_turned_on", mail::Kind::mfa_turned_on},
    {"mfa_turned_off", mail::Kind::mfa_turned_off},
};

std::optional<Uuid> id_in(const Json& args, const char* name) {
  const auto found = args.find(name);
  return found != args.end() && found->is_string() ? Uuid::parse(found->get_ref<const std::string&>()) : std::nullopt;
}

JobEnd end_of(const MailOutcome& outcome) {
  switch (outcome.result) {
    case MailResult::sent:
      return {};
    case MailResult::away:
      return {JobEnd::How::later, outcome.reason};
    case MailResult::try_again:
      return {JobEnd::How::again, outcome.reason};
    case MailResult::refused:
      return {JobEnd::How::failed, outcome.reason};
  }
  return {};
}

}  // namespace

JobEnd send_mail(const Tools& tools, const Job& job) {
  const auto wanted = job.args.value("mail", "");
  const auto* found = std::find_if(std::begin(names), std::end(names), [&](const auto& n) { return n.name == wanted; });
  const auto user = id_in(job.args, "user");
  const auto link = id_in(job.args, "link");
  if (found == std::end(names) || !user || found->link.has_value() != link.has_value())
    return {JobEnd::How::failed, "this version knows no such mail"};
  constexpr auto no_news_any_more = std::chrono::hours{72};
  if (now() - job.made_at > no_news_any_more) return {JobEnd::How::failed, "it waited for three days"};
  const auto outcome = tools.ask({{&pg::queries::get_mail_facts, pg::params_of(*user, link)}});
  if (!outcome.ok()) return not_answered(outcome);
  const auto& row = outcome.results.front();
  if (row.size() == 0) return {};            // nobody is there any more
  if (link && row.is_null(0, 2)) return {};  // followed, made void or over
  const bool of_deletion = found->kind == mail::Kind::account_deleted;
  if (of_deletion && row.is_null(0, 5)) return {};  // taken back
  mail::Fields fields{
      job.id, *user, {std::string(row.text(0, 1)), std::string(row.text(0, link ? 3 : 0))}, {}, job.made_at};
  if (link) {
    // Behind the #, where neither a server nor a Referer sees it.
    fields.link =
        fmt::format("{}/account#{}={}", tools.settings.public_url, wanted, tools.links.issue(*found->link, *link));
    fields.when = row.timestamp(0, 4);
  }
  if (of_deletion) fields.when = row.timestamp(0, 5);
  return end_of(tools.mailer.send(mail::compose(found->kind, fields)));
}

}  // namespace epicura::jobs
