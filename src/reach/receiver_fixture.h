// For tests: a receiver of webhooks on this machine, over HTTP or TLS, on a port of its own.
#pragma once
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace furrow::reach {

struct Received {
  std::string target, body;
  std::map<std::string, std::string> headers;
};
struct Answer {
  int status = 200;
  std::string retry_after;
  bool hang_up = false;  // no answer: the connection ends
  std::string location;
};

// A key and a certificate for a name, signed by itself, as PEM.
inline std::pair<std::string, std::string> self_signed(const std::string& name) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86'400);
  X509_set_pubkey(certificate, key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, subject);
  X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + name).c_str());
  X509_add_ext(certificate, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(certificate, key, EVP_sha256());
  auto text = [](auto&& write) {
    BIO* out = BIO_new(BIO_s_mem());
    write(out);
    char* data = nullptr;
    const long size = BIO_get_mem_data(out, &data);
    std::string pem(data, static_cast<size_t>(size));
    BIO_free(out);
    return pem;
  };
  auto pems = std::pair(text([&](BIO* out) { PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); }),
                        text([&](BIO* out) { PEM_write_bio_X509(out, certificate); }));
  X509_free(certificate);
  EVP_PKEY_free(key);
  return pems;
}

// Answers one connection after the other; `answer` runs on its thread. A kept connection is given up when the next comes.
class Receiver {
 public:
  using Handler = std::function<Answer(const Received&)>;
  explicit Receiver(Handler answer = {}, const std::pair<std::string, std::string>& tls = {}) : answer_(std::move(answer)) {
    if (!tls.first.empty()) {
      tls_.use_private_key(boost::asio::buffer(tls.first), boost::asio::ssl::context::pem);
      tls_.use_certificate_chain(boost::asio::buffer(tls.second));
      secure_ = true;
    }
    acceptor_.open(boost::asio::ip::tcp::v4());
    acceptor_.bind({boost::asio::ip::address_v4::loopback(), 0});
    acceptor_.listen();
    port_ = acceptor_.local_endpoint().port();
    accept();
    thread_ = std::thread([this] { context_.run(); });
  }
  ~Receiver() {
    context_.stop();
    thread_.join();
  }
  uint16_t port() const { return port_; }
  std::string url(const std::string& path = "/hook", const std::string& host = "127.0.0.1") const {
    return std::string(secure_ ? "https://" : "http://") + host + ":" + std::to_string(port_) + path;
  }
  std::vector<Received> received() const {
    std::lock_guard lock(mutex_);
    return received_;
  }
  // Until so many requests came, at most 20 s.
  bool wait_for(size_t requests) {
    std::unique_lock lock(mutex_);
    return came_.wait_for(lock, std::chrono::seconds(20), [&] { return received_.size() >= requests; });
  }

 private:
  using Stream = boost::beast::ssl_stream<boost::beast::tcp_stream>;
  struct Session : std::enable_shared_from_this<Session> {
    Session(Receiver& owner, boost::asio::ip::tcp::socket socket) : receiver(owner), stream(std::move(socket), owner.tls_) {}
    void begin() {
      if (!receiver.secure_) return read();
      stream.async_handshake(boost::asio::ssl::stream_base::server, [self = shared_from_this()](auto fault) {
        if (!fault) self->read();
      });
    }
    template <class Do>
    void on_layer(Do&& work) { receiver.secure_ ? work(stream) : work(stream.next_layer()); }
    void read() {
      request = {};
      on_layer([this](auto& layer) {
        boost::beast::http::async_read(layer, buffer, request, [self = shared_from_this()](auto fault, size_t) {
          if (!fault) self->reply();
        });
      });
    }
    void reply() {
      Received got{std::string(request.target()), request.body(), {}};
      for (const auto& field : request) got.headers.emplace(std::string(field.name_string()), std::string(field.value()));
      const Answer answer = receiver.take(std::move(got));
      if (answer.hang_up) return;
      response = {};
      response.version(11);
      response.result(static_cast<unsigned>(answer.status));
      if (!answer.retry_after.empty()) response.set("Retry-After", answer.retry_after);
      if (!answer.location.empty()) response.set("Location", answer.location);
      response.keep_alive(true);
      response.prepare_payload();
      on_layer([this](auto& layer) {
        boost::beast::http::async_write(layer, response, [self = shared_from_this()](auto fault, size_t) {
          if (!fault) self->read();
        });
      });
    }
    Receiver& receiver;
    Stream stream;
    boost::beast::flat_buffer buffer;
    boost::beast::http::request<boost::beast::http::string_body> request;
    boost::beast::http::response<boost::beast::http::string_body> response;
  };

  void accept() {
    acceptor_.async_accept([this](auto fault, boost::asio::ip::tcp::socket socket) {
      if (fault) return;
      std::make_shared<Session>(*this, std::move(socket))->begin();
      accept();
    });
  }
  Answer take(Received got) {
    const Answer answer = answer_ ? answer_(got) : Answer();
    std::lock_guard lock(mutex_);
    received_.push_back(std::move(got));
    came_.notify_all();
    return answer;
  }

  Handler answer_;
  bool secure_ = false;
  boost::asio::io_context context_;
  boost::asio::ssl::context tls_{boost::asio::ssl::context::tls_server};
  boost::asio::ip::tcp::acceptor acceptor_{context_};
  uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Received> received_;
  std::thread thread_;
};

}  // namespace furrow::reach
