// For tests: a blocking HTTP client over one socket, which can also send what no honest client would.
#pragma once
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace furrow::http {

struct TestReply {
  int status = 0;  // 0: the connection ended without a reply
  std::string head, body;
  bool closed = false;
  std::string field(std::string_view name) const {
    std::string wanted = "\r\n" + std::string(name) + ": ";
    size_t at = head.find(wanted);
    if (at == std::string::npos) return {};
    at += wanted.size();
    return head.substr(at, head.find("\r\n", at) - at);
  }
};

class TestClient {
 public:
  explicit TestClient(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  ~TestClient() { ::close(socket_); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;
  bool connected() const { return connected_; }

  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }

  // Reads one response (a 100 Continue is passed over); waits at most `wait_ms` for each piece.
  TestReply reply(int wait_ms = 20'000, bool has_body = true) {
    TestReply out;
    while (true) {
      size_t end;
      while ((end = in_.find("\r\n\r\n")) == std::string::npos) {
        if (!fill(wait_ms)) {
          out.closed = true;
          return out;
        }
      }
      out.head = in_.substr(0, end + 2);
      in_.erase(0, end + 4);
      out.status = std::atoi(out.head.c_str() + 9);
      if (out.status != 100) break;
    }
    size_t length = std::strtoul(out.field("Content-Length").c_str(), nullptr, 10);
    while (has_body && in_.size() < length) {
      if (!fill(wait_ms)) break;
    }
    if (has_body) {
      out.body = in_.substr(0, length);
      in_.erase(0, length);
    }
    return out;
  }

  TestReply request(std::string_view method, std::string_view path, std::string_view body = {}, std::string_view fields = {}) {
    std::string text = std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields);
    if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    text += "\r\n";
    text += body;
    write(text);
    return reply(20'000, method != "HEAD");
  }
  TestReply get(std::string_view path, std::string_view fields = {}) { return request("GET", path, {}, fields); }

  // True when the server has closed the connection.
  bool ended(int wait_ms = 20'000) {
    while (fill(wait_ms)) {
    }
    return at_end_;
  }

 private:
  bool fill(int wait_ms) {
    pollfd p{socket_, POLLIN, 0};
    if (::poll(&p, 1, wait_ms) <= 0) return false;
    char buffer[16384];
    ssize_t n = ::recv(socket_, buffer, sizeof buffer, 0);
    if (n <= 0) {
      at_end_ = true;
      return false;
    }
    in_.append(buffer, static_cast<size_t>(n));
    return true;
  }
  int socket_;
  bool connected_ = false, at_end_ = false;
  std::string in_;
};

}  // namespace furrow::http
