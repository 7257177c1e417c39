// `furrow model train|score|evaluate|report` where the target has several classes: what their siblings of model_command.h
// hand over to.
#pragma once
#include "base/result.h"
#include "cli/model_command.h"
#include "learn/trainer.h"

namespace furrow::cli {

Status train_class_model(const ModelTrainOptions& options, const learn::Dataset& data, const learn::TrainOptions& train);
// Out: id,score,predicted, the probability of each class as score_CLASS, of classes that are numbers the expected one, and the reasons for the predicted class.
Status score_class_model(const ModelScoreOptions& options);
Status evaluate_class_model(const ModelEvaluateOptions& options);
Status report_class_model(const ModelReportOptions& options);

}  // namespace furrow::cli
