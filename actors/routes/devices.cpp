// Registration, and a device as its row says.

#include "actors/authorize.hpp"
#include "actors/routes/routes.hpp"
#include "actors/unknown_fields.hpp"
#include "schema/bounded_json.hpp"
#include "schema/json_text.hpp"
#include "schema/pg/queries.hpp"

namespace epicura::routes {

namespace {

namespace q = pg::queries;

std::string device_json(const pg::Rows& rows) {
  const auto last_seen = rows.timestamp_or_null(0, 6);
  const auto session = rows.uuid_or_null(0, 8);
  const auto owner = rows.uuid_or_null(0, 12);
  const auto reported = rows.text(0, 9);
  JsonText out(512 + reported.size());
  out.add("cooking_status", rows.text(0, 7))
      .add("created_at", format_rfc3339(rows.timestamp(0, 11)))
      .add_or_null("firmware_version", rows.text_or_null(0, 3))
      .add("id", rows.uuid(0, 0).str());
  last_seen ? out.add("last_seen_at", format_rfc3339(*last_seen)) : out.raw("last_seen_at", "null");
  out.add_or_null("model", rows.text_or_null(0, 2)).add_or_null("name", rows.text_or_null(0, 1));
  owner ? out.add("owner", owner->str()) : out.raw("owner", "null");
  out.raw("reported", reported);
  session ? out.add("session_id", session->str()) : out.raw("session_id", "null");
  out.add("status", rows.text(0, 4)).add_or_null("status_reason", rows.text_or_null(0, 5));
  return std::move(out).take();
}

// The row, and the token that is the device's password at the broker.
void answer_registered(Call& call, int status, const pg::Rows& rows) {
  const auto& settings = call.services().settings;
  const auto id = rows.uuid(0, 0);
  const auto generation = static_cast<std::uint32_t>(rows.int8(0, 10));
  call.services().generations.note(id, generation, call.services().clock());
  const Json mqtt{{"host", settings.mqtt_host}, {"port", settings.mqtt_port}, {"tls", false},
                  {"websocket_port", nullptr},  {"client_id", id.str()},      {"username", id.str()}};
  JsonText body(1024);
  body.raw("device", device_json(rows))
      .add("device_token", make_device_token(settings.device_token_secret, {id, generation}))
      .raw("mqtt", dump_json(mqtt));
  http::Response response{status, "application/json", std::move(body).take(), {}};
  response.headers.emplace_back("Location", "/api/v1/devices/" + id.str());
  call.answer(std::move(response));
}

// A known device gets its token again only if it shows the one that it has.
void answer_known(Call& call, const Uuid& id) {
  const auto* device = as_device(call.principal());
  if (!device || device->device_id != id) {
    return call.fail(Errc::device_known, "the device is registered; it gets no second token without its old one");
  }
  call.query({{&q::get_device, pg::Params().add(id)}},
             [&call, shown = device->generation](const std::vector<pg::Rows>& results) {
               if (results[0].size() == 0 || results[0].int8(0, 10) != shown) {
                 return call.fail(Errc::device_known, "the token that was shown is not the device's present one");
               }
               answer_registered(call, 200, results[0]);
             });
}

}  // namespace

void register_device(Call& call) {
  const Json& body = call.body();
  const auto id = Uuid::parse(body.at("device_id").get_ref<const std::string&>());
  const auto model = body.value("model", Json(nullptr));
  if (const auto unknown = count_unknown(body, {"device_id", "appliance_id", "firmware_version", "model", "proof"}))
    unknown_fields(call.services().metrics, "registration").Increment(static_cast<double>(unknown));
  if (!call.services().settings.is_development()) {
    return call.fail(Errc::registration_closed,
                     "here devices register with a factory proof, which this version cannot check yet");
  }
  pg::Params params;
  params.add(*id)
      .null()
      .add(model.is_string() ? std::optional(std::string_view(model.get_ref<const std::string&>())) : std::nullopt)
      .add(std::string_view(body.at("firmware_version").get_ref<const std::string&>()));
  call.query({{&q::register_device, std::move(params)}}, [&call, id = *id](const std::vector<pg::Rows>& results) {
    if (results[0].size() == 0) return answer_known(call, id);
    answer_registered(call, 201, results[0]);
  });
}

void get_device(Call& call) {
  if (const auto& row = call.device_of_user()) return call.answer({200, "application/json", device_json(*row), {}});
  const auto id = path_id(call);
  if (!id) return;
  call.query({{&q::get_device, pg::Params().add(*id)}}, [&call](const std::vector<pg::Rows>& results) {
    if (results[0].size() == 0) return call.fail(Errc::not_found, "there is no such device");
    call.answer({200, "application/json", device_json(results[0]), {}});
  });
}

}  // namespace epicura::routes
