// A load generator over keep-alive connections: as fast as they go, or at a fixed rate.
//
// With --rate, requests start on a schedule that does not wait for answers: latency counts from the scheduled instant, so
// a stalled server cannot hide its stall (no coordinated omission). That holds the generator's own waiting for a processor of the machine
// it shares with the server, too; `sent_` counts from the instant a request was sent, as clients that keep no schedule see it. The truth of a
// client elsewhere is between the two. One thread, one epoll, N connections.
//   http_load --port P [--get] [--path /v1/decide] [--header "Name: value"] [--body decide|batch] [--connections 32]
//             [--rate R] [--seconds 10] [--people 10000]
// Prints one JSON object: requests, events, seconds, rate, late (due and not sent at the end), p50_us, p99_us, p999_us, max_us, over_2ms
// (share), sent_p50_us, sent_p99_us, sent_over_2ms, errors.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  uint16_t port = 0;
  std::string path = "/v1/decide", header, body = "decide";
  bool get = false;
  int connections = 32, people = 10'000;
  double rate = 0, seconds = 10;
};

struct Connection {
  int socket = -1;
  bool busy = false;
  Clock::time_point due, sent;
  std::string in;
};

class Generator {
 public:
  explicit Generator(const Options& options) : options_(options), run_(std::to_string(Clock::now().time_since_epoch().count())) {}

  int run() {
    prctl(PR_SET_TIMERSLACK, 1UL);
    epoll_ = epoll_create1(0);
    connections_.resize(static_cast<size_t>(options_.connections));
    const auto most = static_cast<size_t>(options_.seconds * (options_.rate > 0 ? options_.rate + 1000 : 300'000));
    since_due_.reserve(most);  // copying them would hold requests up
    since_sent_.reserve(most);
    for (size_t i = 0; i < connections_.size(); ++i) open(i);
    auto begin = Clock::now();
    auto end = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.seconds));
    for (size_t i = 0; i < connections_.size(); ++i) idle_.push_back(i);
    double started = 0;
    std::vector<epoll_event> ready(256);
    while (Clock::now() < end) {
      if (options_.rate > 0) {
        double due = std::chrono::duration<double>(Clock::now() - begin).count() * options_.rate;
        for (; started < due; ++started) {
          waiting_.push_back(begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(started / options_.rate)));
        }
      }
      while (!idle_.empty() && (options_.rate == 0 || !waiting_.empty())) {
        size_t i = idle_.front();
        idle_.pop_front();
        Clock::time_point due = Clock::now();
        if (options_.rate > 0) {
          due = waiting_.front();
          waiting_.pop_front();
        }
        send(i, due);
      }
      int n = wait(ready, begin, started);
      for (int k = 0; k < n; ++k) receive(ready[static_cast<size_t>(k)].data.u64);
    }
    print(std::chrono::duration<double>(Clock::now() - begin).count());
    return errors_ == 0 ? 0 : 1;
  }

 private:
  // Until an answer comes or, with a rate, the next request is due: by the nanosecond, because spinning would take a processor away from
  // the server under test. A late wake-up counts as latency, since requests are timed from when they were due.
  int wait(std::vector<epoll_event>& ready, Clock::time_point begin, double started) const {
    timespec patience{0, 100'000'000};
    if (options_.rate > 0) {
      const auto next = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(started / options_.rate));
      patience.tv_nsec = std::clamp<long>(std::chrono::nanoseconds(next - Clock::now()).count(), 0, patience.tv_nsec);
    }
    return epoll_pwait2(epoll_, ready.data(), static_cast<int>(ready.size()), &patience, nullptr);
  }

  void open(size_t i) {
    int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(options_.port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
      std::perror("connect");
      std::exit(1);
    }
    int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(socket, F_SETFL, O_NONBLOCK);
    connections_[i].socket = socket;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
  }

  std::string make_body() {
    uint64_t n = next_++;
    if (options_.body == "decide") {
      return fmt::format(R"({{"placement":"home","userId":"u{}","context":{{"page":"sale"}},"n":1}})", n * 7919 % static_cast<uint64_t>(options_.people));
    }
    std::string body = "{\"batch\":[";
    for (int i = 0; i < 100; ++i) {
      uint64_t event = n * 100 + static_cast<uint64_t>(i);
      body += fmt::format(
          R"json({}{{"type":"track","messageId":"{}-{}","userId":"u{}","anonymousId":"a{}","event":"{}","properties":{{"price":{}.5,"sku":"sku-{}","category":"shoes","quantity":1,"url":"https://shop.example/p/{}"}},"context":{{"library":{{"name":"bench","version":"1"}},"userAgent":"Mozilla/5.0 (X11; Linux x86_64)","locale":"en-GB"}},"timestamp":"2026-03-01T10:00:00.000Z"}})json",
          i ? "," : "", run_, event, event * 7919 % static_cast<uint64_t>(options_.people), event * 7919 % static_cast<uint64_t>(options_.people),
          event % 10 ? "Clicked" : "Order Completed", event % 100, event % 500, event % 500);
    }
    return body + "]}";
  }

  void send(size_t i, Clock::time_point due) {
    Connection& c = connections_[i];
    c.busy = true;
    std::string text;
    if (options_.get) {
      text = fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", options_.path);
    } else {
      std::string body = make_body();
      text = fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{}{}Content-Length: {}\r\n\r\n{}", options_.path,
                         options_.header, options_.header.empty() ? "" : "\r\n", body.size(), body);
    }
    c.sent = Clock::now();
    c.due = options_.rate > 0 ? due : c.sent;
    for (std::string_view rest = text; !rest.empty();) {
      ssize_t n = ::send(c.socket, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (n < 0 && errno == EAGAIN) continue;
      if (n <= 0) {
        std::perror("send");
        std::exit(1);
      }
      rest.remove_prefix(static_cast<size_t>(n));
    }
  }

  void receive(size_t i) {
    Connection& c = connections_[i];
    char buffer[16384];
    ssize_t n = ::recv(c.socket, buffer, sizeof buffer, 0);
    if (n == 0) {
      std::fprintf(stderr, "the server closed a connection\n");
      std::exit(1);
    }
    if (n < 0) return;
    c.in.append(buffer, static_cast<size_t>(n));
    size_t head = c.in.find("\r\n\r\n");
    if (head == std::string::npos) return;
    size_t at = c.in.find("Content-Length: ");
    size_t length = at < head ? std::strtoul(c.in.c_str() + at + 16, nullptr, 10) : 0;
    if (c.in.size() < head + 4 + length) return;
    if (c.in.compare(9, 3, "200") != 0 && errors_++ == 0) std::fprintf(stderr, "%.600s\n", c.in.c_str());
    c.in.clear();
    c.busy = false;
    const auto now = Clock::now();
    since_due_.push_back(std::chrono::duration<float, std::micro>(now - c.due).count());
    since_sent_.push_back(std::chrono::duration<float, std::micro>(now - c.sent).count());
    idle_.push_back(i);
  }

  static float quantile(const std::vector<float>& sorted, double q) {
    return sorted.empty() ? 0.f : sorted[std::min(sorted.size() - 1, static_cast<size_t>(q * static_cast<double>(sorted.size())))];
  }
  static double over_2ms(const std::vector<float>& sorted) {
    const auto within = std::upper_bound(sorted.begin(), sorted.end(), 2000.f);
    return sorted.empty() ? 0 : static_cast<double>(sorted.end() - within) / static_cast<double>(sorted.size());
  }

  void print(double seconds) {
    std::sort(since_due_.begin(), since_due_.end());
    std::sort(since_sent_.begin(), since_sent_.end());
    const size_t n = since_due_.size();
    fmt::print("{{\"requests\":{},\"events\":{},\"seconds\":{:.2f},\"rate\":{:.0f},\"late\":{},", n, options_.body == "batch" ? n * 100 : 0, seconds,
               static_cast<double>(n) / seconds, waiting_.size());
    fmt::print("\"p50_us\":{:.0f},\"p99_us\":{:.0f},\"p999_us\":{:.0f},\"max_us\":{:.0f},\"over_2ms\":{:.4f},", quantile(since_due_, 0.5),
               quantile(since_due_, 0.99), quantile(since_due_, 0.999), quantile(since_due_, 1), over_2ms(since_due_));
    fmt::print("\"sent_p50_us\":{:.0f},\"sent_p99_us\":{:.0f},\"sent_over_2ms\":{:.4f},\"errors\":{}}}\n", quantile(since_sent_, 0.5),
               quantile(since_sent_, 0.99), over_2ms(since_sent_), errors_);
  }

  Options options_;
  std::string run_;
  int epoll_ = -1;
  std::vector<Connection> connections_;
  std::deque<size_t> idle_;
  std::deque<Clock::time_point> waiting_;
  std::vector<float> since_due_, since_sent_;
  uint64_t next_ = 0, errors_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i];
    if (name == "--get") {
      options.get = true;
      continue;
    }
    if (i + 1 == argc) return 2;
    std::string value = argv[++i];
    if (name == "--port") options.port = static_cast<uint16_t>(std::stoi(value));
    else if (name == "--path") options.path = value;
    else if (name == "--header") options.header = value;
    else if (name == "--body") options.body = value;
    else if (name == "--connections") options.connections = std::stoi(value);
    else if (name == "--people") options.people = std::stoi(value);
    else if (name == "--rate") options.rate = std::stod(value);
    else if (name == "--seconds") options.seconds = std::stod(value);
    else return 2;
  }
  return Generator(options).run();
}
