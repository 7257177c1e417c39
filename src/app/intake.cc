#include "app/intake.h"

#include <future>

namespace furrow::app {

Intake intake_of(pipeline::Pipeline& pipeline) {
  return {[&pipeline](pipeline::Submission submission, std::function<void(const pipeline::Acknowledgement&)> done) {
            return pipeline.submit(std::move(submission), std::move(done));
          },
          [&pipeline](LogPosition from, const std::function<bool(const Record&)>& visit) { return pipeline.scan(from, visit); }};
}

pipeline::Acknowledgement submit_and_wait(const Intake& intake, pipeline::Submission submission) {
  auto promise = std::make_shared<std::promise<pipeline::Acknowledgement>>();  // outlives the callback that sets it
  auto future = promise->get_future();
  Status taken = intake.submit(std::move(submission), [promise](const pipeline::Acknowledgement& done) { promise->set_value(done); });
  if (taken.ok()) return future.get();
  pipeline::Acknowledgement refused;
  refused.status = std::move(taken);
  return refused;
}

}  // namespace furrow::app
