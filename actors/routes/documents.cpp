// What is for people: the OpenAPI document, the page that shows it, and the page that links in mails open.

#include "actors/routes/routes.hpp"
#include "http/compression.hpp"
#include "http/etag.hpp"
#include "http/openapi.hpp"
#include "http/schemas.hpp"
#include "http/web_files.hpp"

namespace epicura::routes {

namespace {

struct Document {
  std::string text;
  std::string gzipped;
  std::string etag;
};

const Document& openapi() {
  static const Document made = [] {
    auto text = http::openapi_document(http::api_routes, http::api_schemas());
    auto gzipped = http::gzipped(text);
    auto etag = http::etag_of(text);
    return Document{std::move(text), std::move(gzipped), std::move(etag)};
  }();
  return made;
}

// One content in two forms, both as lasting as the program; `plain` is made when it is asked for. Their tags differ,
// for a strong one says that the bytes are the same. 304 with the same fields, where the client has it already.
template <class Plain>
void answer_content(Call& call, std::string_view type, std::string_view etag, std::string_view gzipped, Plain&& plain,
                    http::Pairs headers) {
  const bool packed = call.request().accepts_gzip;
  headers.emplace_back("ETag", packed ? "W/" + std::string(etag) : std::string(etag));
  headers.emplace_back("Vary", "Accept-Encoding");
  if (http::none_match_has(call.request().if_none_match, etag)) return call.answer({304, {}, {}, std::move(headers)});
  if (packed) headers.emplace_back("Content-Encoding", "gzip");
  call.answer({200, std::string(type), {}, std::move(headers), packed ? gzipped : std::string_view(plain())});
}

void answer_file(Call& call, const http::WebFile& file, http::Pairs headers) {
  answer_content(
      call, file.content_type, file.etag, file.gzipped, [&file] { return http::content_of(file); }, std::move(headers));
}

void answer_page(Call& call, std::string_view name) {
  answer_file(call, *http::find_web_file(name),
              {{"Cache-Control", "no-cache"},
               {"Content-Security-Policy", std::string(http::page_policy)},
               {"Referrer-Policy", "no-referrer"}});
}

}  // namespace

void get_openapi(Call& call) {
  const auto& document = openapi();
  answer_content(call, "application/json", document.etag, document.gzipped,
                 [&document] { return std::string_view(document.text); }, {{"Cache-Control", "no-cache"}});
}

void get_docs(Call& call) {
  if (!http::has_swagger_ui()) {
    return call.fail(
        Errc::not_found,
        "this program was built without Swagger UI, since npm was missing; /openapi.json has the document");
  }
  answer_page(call, "docs.html");
}

void get_account_page(Call& call) {
  answer_page(call, "account.html");
}

void get_docs_file(Call& call) {
  const auto* file = http::find_web_file(*call.request().param("file"));
  if (!file) return call.fail(Errc::not_found, "there is no such file");
  answer_file(call, *file, {{"Cache-Control", "public, max-age=3600"}});
}

}  // namespace epicura::routes
