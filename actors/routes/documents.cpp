// What the API says of itself: the OpenAPI document, and the page that shows it.

#include "actors/routes/routes.hpp"
#include "http/etag.hpp"
#include "http/openapi.hpp"
#include "http/schemas.hpp"
#include "http/web_files.hpp"

namespace epicura::routes {

namespace {

struct Document {
  std::string text;
  std::string etag;
};

const Document& openapi() {
  static const Document made = [] {
    auto text = http::openapi_document(http::api_routes, http::api_schemas());
    auto etag = http::etag_of(text);
    return Document{std::move(text), std::move(etag)};
  }();
  return made;
}

// 304 with the same fields, where the client has it already.
bool answer_unchanged(Call& call, const http::Pairs& headers, std::string_view etag) {
  if (!http::none_match_has(call.request().if_none_match, etag)) return false;
  call.answer({304, {}, {}, headers});
  return true;
}

void answer_file(Call& call, const http::WebFile& file, http::Pairs headers) {
  headers.emplace_back("ETag", file.etag);
  if (answer_unchanged(call, headers, file.etag)) return;
  if (!call.request().accepts_gzip)
    return call.answer({200, std::string(file.content_type), http::content_of(file), std::move(headers)});
  headers.emplace_back("Content-Encoding", "gzip");
  headers.emplace_back("Vary", "Accept-Encoding");
  call.answer({200, std::string(file.content_type), std::string(file.gzipped), std::move(headers)});
}

}  // namespace

void get_openapi(Call& call) {
  const http::Pairs headers{{"ETag", openapi().etag}, {"Cache-Control", "no-cache"}};
  if (answer_unchanged(call, headers, openapi().etag)) return;
  call.answer({200, "application/json", openapi().text, headers});
}

void get_docs(Call& call) {
  if (!http::has_swagger_ui()) {
    return call.fail(
        Errc::not_found,
        "this program was built without Swagger UI, since npm was missing; /openapi.json has the document");
  }
  answer_file(call, *http::find_web_file("docs.html"),
              {{"Cache-Control", "no-cache"},
               {"Content-Security-Policy", std::string(http::docs_policy)},
               {"Referrer-Policy", "no-referrer"}});
}

void get_docs_file(Call& call) {
  const auto* file = http::find_web_file(*call.request().param("file"));
  if (!file || !http::has_swagger_ui()) return call.fail(Errc::not_found, "there is no such file");
  answer_file(call, *file, {{"Cache-Control", "public, max-age=3600"}});
}

}  // namespace epicura::routes
