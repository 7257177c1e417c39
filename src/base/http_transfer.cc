#include "base/http_transfer.h"

#include <curl/curl.h>

#include <algorithm>
#include <atomic>
#include <mutex>

namespace furrow {
namespace {

constexpr int kPollMs = 1000;  // how long one wait lasts at most; answers and cancel() end it
constexpr int64_t kLongestRetrySeconds = 86'400;

using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

HeaderList header_list(const HttpRequest& request) {
  HeaderList list(nullptr, &curl_slist_free_all);
  auto add = [&](const std::string& line) {
    if (curl_slist* longer = curl_slist_append(list.get(), line.c_str())) {
      (void)list.release();
      list.reset(longer);
    }
  };
  for (const auto& [name, value] : request.headers) add(name + ": " + value);
  if (request.body) add("Expect:");  // no round trip before a long body
  return list;
}

HttpFault::Kind kind_of(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return HttpFault::Kind::kTimeout;
    case CURLE_COULDNT_RESOLVE_HOST: return HttpFault::Kind::kName;
    case CURLE_SSL_CACERT_BADFILE: return HttpFault::Kind::kAuthorities;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR: return HttpFault::Kind::kTls;
    default: return HttpFault::Kind::kConnection;
  }
}

}  // namespace

struct HttpTransfer::State {
  explicit State(HttpTransferOptions how) : options(std::move(how)) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    multi = curl_multi_init();
    easy = curl_easy_init();
    if (multi) curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 1L);
    if (easy) configure();
  }
  ~State() {
    curl_easy_cleanup(easy);
    if (multi) curl_multi_cleanup(multi);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void configure() {
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_ERRORBUFFER, words);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_PROXY, "");
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_TCP_NODELAY, 1L);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<int64_t>(1, options.timeout.micros / 1000)));
    if (!options.authorities.empty()) {
      set(CURLOPT_CAINFO, options.authorities.c_str());
      set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    }
    set(CURLOPT_WRITEFUNCTION, &State::take);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_OPENSOCKETFUNCTION, &State::open_socket);
    set(CURLOPT_OPENSOCKETDATA, this);
  }
  template <class Value>
  void set(CURLoption option, Value value) { curl_easy_setopt(easy, option, value); }

  static size_t take(char* bytes, size_t one, size_t count, void* self) {
    auto& state = *static_cast<State*>(self);
    const size_t size = one * count, room = state.options.max_reply - state.answer.body.size();
    state.answer.body.append(bytes, std::min(size, room));
    state.too_long |= size > room;
    return state.too_long ? 0 : size;  // 0 ends the exchange
  }
  static curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* to) {
    auto& state = *static_cast<State*>(self);
    if (state.options.may_reach && !state.options.may_reach(to->addr)) {
      state.refused = true;
      return CURL_SOCKET_BAD;
    }
    state.reached = true;
    return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
  }

  CURLcode exchange() {
    if (curl_multi_add_handle(multi, easy) != CURLM_OK) return CURLE_FAILED_INIT;
    CURLcode outcome = CURLE_ABORTED_BY_CALLBACK;
    for (int running = 1; running > 0 && !cancelled;) {
      if (curl_multi_perform(multi, &running) != CURLM_OK) break;
      if (running > 0 && !cancelled) curl_multi_poll(multi, nullptr, 0, kPollMs, nullptr);
    }
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg == CURLMSG_DONE) outcome = message->data.result;
    }
    curl_multi_remove_handle(multi, easy);
    return outcome;
  }

  std::variant<HttpAnswer, HttpFault> send(const HttpRequest& request) {
    using Kind = HttpFault::Kind;
    if (!multi || !easy) return HttpFault{Kind::kConnection, "out of memory"};
    const HeaderList headers = header_list(request);
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_HTTPHEADER, headers.get());
    if (request.body) {
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body->size()));
      set(CURLOPT_POSTFIELDS, request.body->c_str());
    } else {
      set(CURLOPT_HTTPGET, 1L);
    }
    answer = {};
    words[0] = '\0';
    refused = reached = too_long = false;
    const CURLcode outcome = exchange();
    set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
    if (cancelled) return HttpFault{Kind::kCancelled, "stopped"};
    const bool cut = outcome == CURLE_WRITE_ERROR && too_long && options.cut_long_reply;
    if (outcome == CURLE_OK || cut) return read_answer();
    if (too_long) return HttpFault{Kind::kConnection, "its reply is too long"};
    if (refused && !reached) return HttpFault{Kind::kForbidden, "no address of it may be reached"};
    return HttpFault{kind_of(outcome), words[0] != '\0' ? words : curl_easy_strerror(outcome)};
  }

  HttpAnswer read_answer() {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
    curl_header* header = nullptr;
    curl_off_t after = 0;
    if (curl_easy_header(easy, "Retry-After", 0, CURLH_HEADER, -1, &header) == CURLHE_OK &&
        curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &after) == CURLE_OK) {
      answer.retry_after = seconds(std::clamp<int64_t>(after, 0, kLongestRetrySeconds));
    }
    return std::move(answer);
  }

  HttpTransferOptions options;
  CURLM* multi = nullptr;
  CURL* easy = nullptr;
  char words[CURL_ERROR_SIZE] = {};
  HttpAnswer answer;
  bool refused = false, reached = false, too_long = false;
  std::atomic<bool> cancelled{false};
};

HttpTransfer::HttpTransfer(HttpTransferOptions options) : state_(std::make_unique<State>(std::move(options))) {}
HttpTransfer::~HttpTransfer() = default;

std::variant<HttpAnswer, HttpFault> HttpTransfer::send(const HttpRequest& request) { return state_->send(request); }

void HttpTransfer::cancel() {
  state_->cancelled = true;
  if (state_->multi) curl_multi_wakeup(state_->multi);
}

}  // namespace furrow
