package org.moraine.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TrainingSettings;
import org.moraine.engine.data.Example;
import org.moraine.engine.model.ModelFolder;
import org.moraine.engine.model.PrecisionProbe;
import org.moraine.engine.safetensors.DType;
import org.moraine.engine.tokenizer.Tokenizer;
import org.moraine.engine.training.TrainingEstimate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says what a training would take, before it runs. */
@Command(
        name = "estimate",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Says what a training would take: parameters, steps, memory, time. Takes the options of train; no weight is"
                    + " read, only configuration, tokenizer and data.",
            ""
        },
        footer = {
            "",
            "Exit code: 0 done, 1 failed, 2 wrong options or data.",
            "",
            "Example: ./moraine estimate --base pebble --data questions.jsonl --epochs 20"
        })
final class Estimate implements Callable<Integer> {

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final ModelOption model = new ModelOption();

    @Mixin
    private final DataOption data = new DataOption();

    @Mixin
    private final TrainingOptions options = new TrainingOptions();

    @Mixin
    private final EvaluationOptions evaluation = new EvaluationOptions();

    @Mixin
    private final DeviceOptions devices = new DeviceOptions();

    @Option(
            names = "--rate",
            paramLabel = "GFLOP/s",
            description = "How fast the device multiplies matrices, for the time. Default: this machine's own rate,"
                    + " measured in a second.")
    private @Nullable Double rate;

    @Option(names = "--json", description = "Prints one JSON object.")
    private boolean json;

    /** What {@code --json} prints; memory of the fullest device in bytes, time in seconds. */
    private record Printed(
            @JsonProperty("trainable_parameters") long trainableParameters,
            int examples,
            @JsonProperty("tokens_per_epoch") long tokensPerEpoch,
            int steps,
            @JsonProperty("kept_bytes") long keptBytes,
            @JsonProperty("recomputed_bytes") long recomputedBytes,
            String precision,
            double seconds) {}

    @Override
    public Integer call() {
        if (rate != null && !(rate > 0)) {
            throw Refused.invalid("--rate", "--rate is above 0, not " + rate);
        }
        ModelFolder folder = model.describe();
        TrainingSettings settings = options.settings(folder.config().maxPositions(), evaluation.settings());
        AdapterSettings adapter = options.adapter();
        DType dtype = PrecisionProbe.choose(settings.precision());
        TrainingEstimate.Devices used = devices.asked();
        TrainingEstimate estimate =
                TrainingEstimate.of(folder.config(), adapter, settings, examples(folder, settings), dtype, used);
        double seconds = estimate.seconds(rate == null ? PrecisionProbe.operationsPerSecond(dtype) : rate * 1e9);
        Output output = Output.of(spec);
        if (json) {
            output.json(new Printed(
                    estimate.trainableParameters(),
                    estimate.examples(),
                    estimate.tokensPerEpoch(),
                    estimate.steps(),
                    estimate.keptBytes(),
                    estimate.recomputedBytes(),
                    dtype == DType.BF16 ? "bf16" : "fp32",
                    seconds));
            return 0;
        }
        output.result(String.format(
                Locale.ROOT,
                "%,d parameters are trained, on %,d examples of %,d tokens in all, in %,d steps.%n"
                        + "Memory of %s, about: %.2f GB with layers kept, %.2f GB recomputed (%s).%n"
                        + "Time, about: %s with layers kept.",
                estimate.trainableParameters(),
                estimate.examples(),
                estimate.tokensPerEpoch(),
                estimate.steps(),
                used.divided() > 1
                        ? "each of " + used.divided() + " devices"
                        : used.spread() > 1 ? "the fullest of " + used.spread() + " devices" : "the process",
                estimate.keptBytes() / 1e9,
                estimate.recomputedBytes() / 1e9,
                dtype == DType.BF16 ? "bf16" : "fp32",
                ProgressBar.time(seconds)));
        return 0;
    }

    private List<Example> examples(ModelFolder folder, TrainingSettings settings) {
        try (Tokenizer tokenizer = Tokenizer.open(folder.folder())) {
            return data.read(tokenizer, settings.maxTokens());
        }
    }
}
