package org.moraine.cli;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.EvaluationSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Schedule;
import org.moraine.contracts.SkipLimit;
import org.moraine.contracts.TargetModules;
import org.moraine.contracts.TrainingSettings;
import org.moraine.contracts.TrainingSettings.Auto;
import org.moraine.contracts.TrainingSettings.Layers;
import org.moraine.contracts.TrainingSettings.Precision;
import org.moraine.contracts.Variation;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How an adapter is trained, as options. */
final class TrainingOptions {

    /** The options that say what kind of adapter is made. */
    static final List<String> KIND = List.of(
            "--method",
            "--mora-type",
            "--rank",
            "--alpha",
            "--rslora",
            "--rank-pattern",
            "--alpha-pattern",
            "--targets",
            "--target-pattern",
            "--modules-to-save");

    private static final TrainingSettings DEFAULTS = TrainingSettings.defaults();

    @Option(
            names = "--method",
            paramLabel = "mora|covering|lora|full",
            defaultValue = "mora",
            converter = Words.OfMethod.class,
            description =
                    "What is trained: one square matrix a layer (mora), the same turned so that it reads every input"
                            + " (covering, Moraine's own), two thin ones (lora), or all weights (full). Default: ${DEFAULT-VALUE}.")
    private Method method = Method.MORA;

    @Option(
            names = "--mora-type",
            paramLabel = "1|2|3|4|6",
            defaultValue = "1",
            description =
                    "MoRA's compress and decompress maps: 1 to 4 share inputs, 6 rotates. Default: ${DEFAULT-VALUE}.")
    private int moraType;

    @Option(
            names = "--rank",
            paramLabel = "N",
            defaultValue = "8",
            description = "LoRA's rank; MoRA takes as many parameters as LoRA of that rank. Default: ${DEFAULT-VALUE}.")
    private int rank;

    @Option(
            names = "--alpha",
            paramLabel = "X",
            description = "LoRA's alpha; the adapter is scaled by alpha / rank. Default: twice the rank.")
    private @Nullable Double alpha;

    @Option(names = "--rslora", description = "Scales LoRA by alpha / sqrt(rank) instead.")
    private boolean rslora;

    @Option(
            names = "--rank-pattern",
            paramLabel = "KEY=N",
            description = "Another rank for modules whose path ends in what KEY matches, such as q_proj=16 or"
                    + " layers.0.mlp.up_proj=4; may be given several times, the first that fits counts.")
    private Map<String, Integer> rankPattern = new LinkedHashMap<>();

    @Option(names = "--alpha-pattern", paramLabel = "KEY=X", description = "Another alpha for such modules, with LoRA.")
    private Map<String, Double> alphaPattern = new LinkedHashMap<>();

    @Option(
            names = "--targets",
            paramLabel = "NAME",
            split = ",",
            defaultValue = "all-linear",
            description = "The projections that get an adapter, with commas: q,k,v,o,gate,up,down, or ends of module"
                    + " paths, such as layers.0.self_attn.q_proj. Default: ${DEFAULT-VALUE}, all seven.")
    private List<String> targets = List.of();

    @Option(
            names = "--target-pattern",
            paramLabel = "REGEX",
            description =
                    "The modules that get an adapter, instead of --targets: those whose whole path matches, such as"
                            + " model\\.layers\\.[0-3]\\..*_proj.")
    private @Nullable String targetPattern;

    @Option(
            names = "--modules-to-save",
            paramLabel = "NAME",
            split = ",",
            description =
                    "Modules that are trained whole beside the adapter and saved with it, with commas: those whose"
                            + " path ends in a name, such as embed_tokens,lm_head or norm (all norms).")
    private List<String> modulesToSave = List.of();

    @Option(
            names = "--dropout",
            paramLabel = "X",
            defaultValue = "0",
            description = "Share of the adapter's inputs dropped in training. Default: ${DEFAULT-VALUE}.")
    private double dropout;

    @Option(
            names = "--epochs",
            paramLabel = "N|auto",
            defaultValue = "3",
            converter = OrAuto.OfWhole.class,
            description = "Passes over the data; auto is 3, or as many as make 300 updates, 30 at most."
                    + " Default: ${DEFAULT-VALUE}.")
    private @Nullable Integer epochs;

    @Option(names = "--steps", paramLabel = "N", description = "Optimizer updates, instead of --epochs.")
    private @Nullable Integer steps;

    @Option(
            names = "--batch-size",
            paramLabel = "N|auto",
            defaultValue = "8",
            converter = OrAuto.OfWhole.class,
            description = "Examples in one update; auto is a hundredth of the data, from 4 to 128."
                    + " Default: ${DEFAULT-VALUE}.")
    private @Nullable Integer batchSize;

    @Option(
            names = "--micro-batch",
            paramLabel = "N",
            description = "Examples that pass through the model at once, where memory is short."
                    + " Default: the whole batch.")
    private @Nullable Integer microBatch;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            description = "Longer examples are cut. Default: 1024, or the model's limit where that is less.")
    private @Nullable Integer maxTokens;

    @Option(
            names = "--learning-rate",
            paramLabel = "X|auto",
            defaultValue = "3e-4",
            converter = OrAuto.OfReal.class,
            description = "The schedule's peak; auto is what the method's authors found, for this model's width and"
                    + " rank. Default: ${DEFAULT-VALUE}.")
    private @Nullable Double learningRate;

    @Option(
            names = "--schedule",
            paramLabel = "linear|cosine|constant",
            defaultValue = "cosine",
            converter = Words.OfDecay.class,
            description = "How the learning rate falls after the warm-up. Default: ${DEFAULT-VALUE}.")
    private Schedule.Decay schedule = DEFAULTS.schedule().decay();

    @Option(
            names = "--warmup-ratio",
            paramLabel = "X",
            defaultValue = "0.03",
            description = "The warm-up's share of all steps. Default: ${DEFAULT-VALUE}.")
    private double warmupRatio;

    @Option(
            names = "--minimum-ratio",
            paramLabel = "X",
            defaultValue = "0",
            description = "Where linear and cosine arrive, as a share of the peak. Default: ${DEFAULT-VALUE}.")
    private double minimumRatio;

    @Option(
            names = "--weight-decay",
            paramLabel = "X",
            defaultValue = "0",
            description = "AdamW's weight decay. Default: ${DEFAULT-VALUE}.")
    private double weightDecay;

    @Option(
            names = "--clip-norm",
            paramLabel = "X",
            defaultValue = "1",
            description = "The largest global norm of the gradients. Default: ${DEFAULT-VALUE}.")
    private double clipNorm;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "42",
            description = "Decides first values, order of the data and dropout. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--precision",
            paramLabel = "auto|fp32|bf16",
            defaultValue = "auto",
            converter = Words.OfPrecision.class,
            description = "The type the base model computes in: auto measures which is faster here."
                    + " What is trained is always 32 bits wide. Default: ${DEFAULT-VALUE}.")
    private Precision precision = Precision.AUTO;

    @Option(
            names = "--layers",
            paramLabel = "auto|kept|recomputed",
            defaultValue = "auto",
            converter = Words.OfLayers.class,
            description = "Whether a layer's inner values are kept for the backward pass (faster) or computed again"
                    + " (less memory). Default: ${DEFAULT-VALUE}.")
    private Layers layers = Layers.AUTO;

    @Mixin
    private final QuantiseOption quantise = new QuantiseOption();

    @Option(
            names = "--skips-in-a-row",
            paramLabel = "N",
            defaultValue = "5",
            description = "Steps in a row whose loss or gradients may be not finite; one more fails the training."
                    + " Default: ${DEFAULT-VALUE}.")
    private int skipsInARow;

    @Option(
            names = "--skips-in-all",
            paramLabel = "N",
            defaultValue = "100",
            description = "The same over the whole training. Default: ${DEFAULT-VALUE}.")
    private int skipsInAll;

    AdapterSettings adapter() {
        return new AdapterSettings(
                method,
                moraType,
                rank,
                alpha != null ? alpha : Math.max(1, 2.0 * rank),
                dropout,
                targets(),
                new Variation(rslora, rankPattern, alphaPattern, modulesToSave));
    }

    private TargetModules targets() {
        if (method == Method.FULL) {
            return TargetModules.all();
        }
        if (targetPattern != null) {
            return TargetModules.of(targetPattern);
        }
        return targets.equals(List.of(TargetModules.ALL))
                ? TargetModules.all()
                : TargetModules.of(targets.stream().map(String::strip).toList());
    }

    /**
     * The settings for a model.
     *
     * @param most the longest sequence that the model takes
     */
    TrainingSettings settings(int most, EvaluationSettings evaluation) {
        Set<Auto> auto = EnumSet.noneOf(Auto.class);
        return new TrainingSettings(
                given(epochs, DEFAULTS.epochs(), Auto.EPOCHS, auto),
                steps,
                given(
                        batchSize,
                        Math.max(DEFAULTS.batchSize(), microBatch == null ? 1 : microBatch),
                        Auto.BATCH_SIZE,
                        auto),
                microBatch,
                maxTokens != null ? maxTokens : Math.min(DEFAULTS.maxTokens(), most),
                given(learningRate, DEFAULTS.learningRate(), Auto.LEARNING_RATE, auto),
                new Schedule(schedule, warmupRatio, minimumRatio),
                weightDecay,
                clipNorm,
                seed,
                precision,
                layers,
                quantise.value(),
                new SkipLimit(skipsInARow, skipsInAll),
                evaluation,
                auto);
    }

    private static <N extends Number> N given(@Nullable N value, N open, Auto name, Set<Auto> auto) {
        if (value == null) {
            auto.add(name);
            return open;
        }
        return value;
    }
}
