// Registration, and a device as its row says.

#include "actors/authorize.hpp"
#include "actors/body.hpp"
#include "actors/routes/routes.hpp"
#include "schema/bounded_json.hpp"
#include "schema/pg/queries.hpp"

namespace epicura::routes {

namespace {

namespace q = pg::queries;

Json text_or_null(const pg::Rows& rows, int column) {
  const auto text = rows.text_or_null(0, column);
  return text ? Json(*text) : Json(nullptr);
}

Json device_json(const pg::Rows& rows) {
  const auto last_seen = rows.timestamp_or_null(0, 6);
  const auto session = rows.uuid_or_null(0, 8);
  return {{"id", rows.uuid(0, 0).str()},
          {"name", text_or_null(rows, 1)},
          {"model", text_or_null(rows, 2)},
          {"firmware_version", text_or_null(rows, 3)},
          {"status", rows.text(0, 4)},
          {"status_reason", text_or_null(rows, 5)},
          {"last_seen_at", last_seen ? Json(format_rfc3339(*last_seen)) : Json(nullptr)},
          {"cooking_status", rows.text(0, 7)},
          {"session_id", session ? Json(session->str()) : Json(nullptr)},
          {"reported", Json::parse(rows.text(0, 9), nullptr, false)},
          {"owner", nullptr},
          {"created_at", format_rfc3339(rows.timestamp(0, 11))}};
}

// The row, and the token that is the device's password at the broker.
void answer_registered(Call& call, int status, const pg::Rows& rows) {
  const auto& settings = call.services().settings;
  const auto id = rows.uuid(0, 0);
  const auto generation = static_cast<std::uint32_t>(rows.int8(0, 10));
  call.services().generations.note(id, generation, call.services().clock());
  const Json body{{"device", device_json(rows)},
                  {"device_token", make_device_token(settings.device_token_secret, {id, generation})},
                  {"mqtt",
                   {{"host", settings.mqtt_host},
                    {"port", settings.mqtt_port},
                    {"tls", false},
                    {"websocket_port", nullptr},
                    {"client_id", id.str()},
                    {"username", id.str()}}}};
  http::Response response{status, "application/json", dump_json(body), {}};
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
  Body body(call.request().body);
  const auto id_text = body.text("device_id", 36, true);
  const auto firmware = body.text("firmware_version", 64, true);
  const auto model = body.text("model", 64, false);
  const auto id = id_text ? Uuid::parse(*id_text) : std::nullopt;
  if (id_text && !id) body.error("/device_id", "bad_value", "device_id is a UUID");
  if (!body.ok()) return call.fail(body.errors());
  if (!call.services().settings.is_development()) {
    return call.fail(Errc::registration_closed,
                     "here devices register with a factory proof, which this version cannot check yet");
  }
  pg::Params params;
  params.add(*id)
      .null()
      .add(model ? std::optional<std::string_view>(*model) : std::nullopt)
      .add(std::string_view(*firmware));
  call.query({{&q::register_device, std::move(params)}}, [&call, id = *id](const std::vector<pg::Rows>& results) {
    if (results[0].size() == 0) return answer_known(call, id);
    answer_registered(call, 201, results[0]);
  });
}

void get_device(Call& call) {
  const auto id = path_id(call);
  if (!id) return;
  const auto* device = as_device(call.principal());
  if (!is_admin(call.principal()) && !(device && device->device_id == *id)) {
    return call.fail(Errc::not_found, "there is no such device");
  }
  call.query({{&q::get_device, pg::Params().add(*id)}}, [&call](const std::vector<pg::Rows>& results) {
    if (results[0].size() == 0) return call.fail(Errc::not_found, "there is no such device");
    call.answer({200, "application/json", dump_json(device_json(results[0])), {}});
  });
}

}  // namespace epicura::routes
