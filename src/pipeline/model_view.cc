#include "pipeline/model_view.h"

namespace furrow::pipeline {

Result<std::unique_ptr<ModelView>> ModelView::open(store::KvStore& kv) {
  FURROW_ASSIGN(store::Space space, kv.space("models"));
  std::unique_ptr<ModelView> view(new ModelView(kv, space));
  auto cursor = kv.scan(space, "", "");
  for (; cursor->valid(); cursor->next()) {
    FURROW_ASSIGN(auto body, decode_record(cursor->value()));
    if (const auto* model = std::get_if<ModelRecord>(&body)) view->current_.insert_or_assign(std::string(cursor->key()), *model);
  }
  FURROW_TRY(cursor->status());
  return view;
}

Status ModelView::apply(const Record& record) {
  if (const auto* model = std::get_if<ModelRecord>(&record.body)) {
    std::lock_guard lock(mutex_);
    current_.insert_or_assign(model->model, *model);
  }
  return {};
}

// There are few models: each checkpoint writes them all.
std::unique_ptr<Gathering> ModelView::freeze() {
  struct Whole final : Gathering {
    store::Space space;
    std::vector<std::pair<std::string, std::string>> models;
    bool gather(store::Batch& batch, size_t) override {
      for (auto& [name, model] : models) batch.put(space, std::move(name), std::move(model));
      return false;
    }
  };
  auto whole = std::make_unique<Whole>();
  whole->space = space_;
  for (const auto& [name, model] : current_) whole->models.emplace_back(name, encode_record(model));
  return whole;
}

Result<Digest> ModelView::digest() {
  Digest digest;
  for (const auto& [name, model] : current_) digest.add(encode_record(model));
  return digest;
}

std::optional<ModelRecord> ModelView::current(std::string_view model) const {
  std::lock_guard lock(mutex_);
  auto found = current_.find(model);
  return found == current_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace furrow::pipeline
