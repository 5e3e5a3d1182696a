package org.moraine.jobs.submit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.EvaluationSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Quantisation;
import org.moraine.contracts.Refused;
import org.moraine.contracts.Schedule;
import org.moraine.contracts.SkipLimit;
import org.moraine.contracts.TargetModules;
import org.moraine.contracts.TrainingSettings;
import org.moraine.contracts.TrainingSettings.Auto;
import org.moraine.contracts.Variation;
import org.moraine.jobs.openai.Fields;

/**
 * OpenAI's three hyperparameters and Moraine's own beside them: what the caller wrote, and the settings it means. They
 * stand in {@code method.supervised.hyperparameters}, or in the older {@code hyperparameters}; keys that nobody knows
 * are kept and given back.
 */
record Hyperparameters(Fields fields) {

    private static final TrainingSettings DEFAULTS = TrainingSettings.defaults();
    private static final int RANK = 8;
    private static final int MORA_TYPE = 1;
    private static final int MOST_PATTERN_KEYS = 64;
    private static final String WHOLE = "modules_to_save";

    /** What says which kind of adapter is trained. */
    private static final List<String> KIND = List.of(
            "adapter_type",
            "mora_type",
            "rank",
            "alpha",
            "target_modules",
            "use_rslora",
            "rank_pattern",
            "alpha_pattern",
            WHOLE);

    /** Finds them in a create request. */
    static Hyperparameters of(Fields request) {
        Fields method = request.inner("method");
        String type = method.text("type");
        if (type != null && !type.equals("supervised")) {
            throw method.refused("type", "is 'supervised'; other methods are not offered");
        }
        Fields supervised = method.inner("supervised").inner("hyperparameters");
        return new Hyperparameters(supervised.object().isEmpty() ? older(request, supervised) : supervised);
    }

    private static Fields older(Fields request, Fields supervised) {
        Fields older = request.inner("hyperparameters");
        return older.object().isEmpty() ? supervised : older;
    }

    /**
     * What an adapter is trained further with: its own settings, and the dropout of this training.
     *
     * @throws Refused naming a hyperparameter that says again what kind of adapter it is
     */
    AdapterSettings adapter(AdapterSettings earlier) {
        for (String key : KIND) {
            if (fields.get(key) != null) {
                throw fields.refused(key, "is left out: the fine-tuned model that is trained further has its own");
            }
        }
        return located(() -> new AdapterSettings(
                earlier.method(),
                earlier.moraType(),
                earlier.rank(),
                earlier.alpha(),
                fields.number("dropout", 0),
                earlier.targets(),
                earlier.variation()));
    }

    AdapterSettings adapter() {
        Method method = fields.word("adapter_type", Method.MORA);
        if (method == Method.FULL) {
            return AdapterSettings.full();
        }
        int rank = fields.whole("rank", RANK, 1, Integer.MAX_VALUE);
        return located(() -> new AdapterSettings(
                method,
                fields.whole("mora_type", MORA_TYPE, 1, 6),
                rank,
                fields.number("alpha", rank),
                fields.number("dropout", 0),
                targets(),
                variation()));
    }

    private Variation variation() {
        Map<String, Integer> ranks = new LinkedHashMap<>();
        pattern("rank_pattern", JsonNode::canConvertToInt, (key, rank) -> ranks.put(key, rank.intValue()));
        Map<String, Double> alphas = new LinkedHashMap<>();
        pattern("alpha_pattern", JsonNode::isNumber, (key, alpha) -> alphas.put(key, alpha.doubleValue()));
        JsonNode rslora = fields.get("use_rslora");
        if (rslora != null && !rslora.isBoolean()) {
            throw fields.refused("use_rslora", "is true or false");
        }
        return new Variation(rslora != null && rslora.booleanValue(), ranks, alphas, wholeModules());
    }

    private List<String> wholeModules() {
        return fields.get(WHOLE) == null ? List.of() : fields.requiredTexts(WHOLE, MOST_PATTERN_KEYS);
    }

    private void pattern(String field, Predicate<JsonNode> fits, BiConsumer<String, JsonNode> take) {
        ObjectNode pattern = fields.inner(field).object();
        if (pattern.size() > MOST_PATTERN_KEYS) {
            throw fields.refused(field, "has at most " + MOST_PATTERN_KEYS + " keys");
        }
        pattern.fields().forEachRemaining(entry -> {
            if (!entry.getValue().isNumber() || !fits.test(entry.getValue())) {
                throw fields.refused(field, "gives each key a number");
            }
            take.accept(entry.getKey(), entry.getValue());
        });
    }

    private TargetModules targets() {
        JsonNode targets = fields.get("target_modules");
        if (targets == null) {
            return TargetModules.all();
        }
        if (targets.isTextual()) {
            return TargetModules.of(targets.textValue());
        }
        List<String> names = new ArrayList<>();
        for (JsonNode target : targets) {
            names.add(target.textValue());
        }
        if (!targets.isArray() || names.contains(null)) {
            throw fields.refused("target_modules", "is a list of projections, 'all-linear' or a pattern");
        }
        return TargetModules.of(names);
    }

    /**
     * @param positions the most tokens that the base model has positions for
     * @param isMeasured whether the job has a validation file
     */
    TrainingSettings training(long seed, int positions, boolean isMeasured) {
        return located(() -> new TrainingSettings(
                fields.whole("n_epochs", DEFAULTS.epochs(), 1, 50),
                fields.whole("steps", 1, Integer.MAX_VALUE),
                batchSize(),
                fields.whole("micro_batch", 1, Integer.MAX_VALUE),
                fields.whole("max_tokens", Math.min(DEFAULTS.maxTokens(), positions), 2, positions),
                learningRate(),
                new Schedule(
                        fields.word("schedule", DEFAULTS.schedule().decay()),
                        fields.number("warmup_ratio", DEFAULTS.schedule().warmupRatio()),
                        fields.number("minimum_ratio", DEFAULTS.schedule().minimumRatio())),
                fields.number("weight_decay", DEFAULTS.weightDecay()),
                fields.number("clip_norm", DEFAULTS.clipNorm()),
                seed,
                fields.word("precision", DEFAULTS.precision()),
                fields.word("layers", DEFAULTS.layers()),
                fields.word("quantise", DEFAULTS.quantise()),
                new SkipLimit(
                        fields.whole("skips_in_a_row", DEFAULTS.skips().inARow(), 0, Integer.MAX_VALUE),
                        fields.whole("skips_in_all", DEFAULTS.skips().inAll(), 0, Integer.MAX_VALUE)),
                evaluation(isMeasured),
                auto()));
    }

    /** Throws {@link Refused} where one setting rules another out. */
    void requireFit(AdapterSettings adapter, TrainingSettings training) {
        if (adapter.method() == Method.FULL && training.quantise() != Quantisation.NONE) {
            throw fields.refused("quantise", "is 'none' where all weights are trained");
        }
    }

    private EvaluationSettings evaluation(boolean isMeasured) {
        EvaluationSettings byDefault = DEFAULTS.evaluation();
        EvaluationSettings evaluation = new EvaluationSettings(
                fields.number("validation_split", byDefault.split()),
                fields.whole("evaluate_every", 1, Integer.MAX_VALUE),
                fields.word("keep", byDefault.keep()),
                fields.whole("patience", 1, Integer.MAX_VALUE),
                samplePrompts());
        if (!isMeasured && evaluation.split() == 0 && !evaluation.equals(byDefault)) {
            throw fields.refused(
                    "validation_split",
                    "is above 0, or the job has a validation_file, where evaluate_every, keep, patience or"
                            + " sample_prompts is given");
        }
        return evaluation;
    }

    private List<String> samplePrompts() {
        JsonNode prompts = fields.get("sample_prompts");
        if (prompts == null) {
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        prompts.forEach(prompt -> texts.add(prompt.isTextual() ? prompt.textValue() : ""));
        if (!prompts.isArray() || texts.contains("")) {
            throw fields.refused("sample_prompts", "is a list of questions");
        }
        return texts;
    }

    /** What the caller leaves to the engine's rules by the word {@code auto}. */
    private Set<Auto> auto() {
        Set<Auto> auto = EnumSet.noneOf(Auto.class);
        if (isAuto(fields.object(), "n_epochs")) {
            auto.add(Auto.EPOCHS);
        }
        if (isAuto(fields.object(), "batch_size")) {
            auto.add(Auto.BATCH_SIZE);
        }
        if (isAuto(fields.object(), "learning_rate")
                || (isAuto(fields.object(), "learning_rate_multiplier") && fields.get("learning_rate") == null)) {
            auto.add(Auto.LEARNING_RATE);
        }
        return auto;
    }

    private int batchSize() {
        int open = isAuto(fields.object(), "batch_size") ? 256 : DEFAULTS.batchSize();
        return fields.whole("batch_size", open, 1, 256);
    }

    private double learningRate() {
        Double multiplier = fields.number("learning_rate_multiplier");
        if (multiplier != null && !(multiplier > 0)) {
            throw fields.refused("learning_rate_multiplier", "is 'auto' or above 0");
        }
        Double rate = fields.number("learning_rate");
        if (rate != null) {
            return rate;
        }
        return DEFAULTS.learningRate() * (multiplier == null ? 1 : multiplier);
    }

    /** What the caller wrote, with every value that was left out filled in; {@code auto} is known once it is trained. */
    ObjectNode resolved(AdapterSettings adapter, TrainingSettings training) {
        ObjectNode echo = fields.object().deepCopy();
        fill(echo, "n_epochs", training.epochs());
        fill(echo, "batch_size", training.batchSize());
        if (isAbsent(echo, "learning_rate_multiplier") && training.auto().contains(Auto.LEARNING_RATE)) {
            echo.put("learning_rate_multiplier", "auto");
        } else if (isAbsent(echo, "learning_rate_multiplier")) {
            echo.put("learning_rate_multiplier", training.learningRate() / DEFAULTS.learningRate());
        }
        if (isAbsent(echo, "adapter_type")) {
            echo.put("adapter_type", adapter.method().word());
        }
        if (adapter.method() != Method.FULL) {
            fill(echo, "rank", adapter.rank());
        }
        if (adapter.method() == Method.MORA) {
            fill(echo, "mora_type", adapter.moraType());
        }
        return echo;
    }

    private static void fill(ObjectNode echo, String key, int value) {
        if (isAbsent(echo, key)) {
            echo.put(key, value);
        }
    }

    private static boolean isAbsent(ObjectNode echo, String key) {
        JsonNode value = echo.get(key);
        return value == null || value.isNull();
    }

    private static boolean isAuto(ObjectNode object, String key) {
        return object.path(key).asText().equals("auto");
    }

    /** Runs what names a field by its bare name in a refusal, and names it by its path. */
    <T> T located(Supplier<T> reading) {
        try {
            return reading.get();
        } catch (Refused refused) {
            Problem problem = refused.problem();
            String field = problem.field();
            throw field == null || field.startsWith(fields.path())
                    ? refused
                    : new Refused(
                            new Problem(problem.category(), problem.code(), problem.message(), fields.pathOf(field)));
        }
    }
}
