package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where an adapter departs from one rank and one scaling for every projection, in PEFT's words.
 *
 * @param rslora whether LoRA is scaled by alpha / sqrt(rank) (rsLoRA, arXiv 2312.03732) instead of alpha / rank
 * @param rankPattern ranks of modules whose path ends in what a key matches, the first key that does; for MoRA too
 * @param alphaPattern LoRA's alphas of such modules
 * @param modulesToSave modules that are trained whole beside the adapter, by the end of their path, such as {@code
 *     lm_head}
 */
public record Variation(
        @JsonProperty("use_rslora") boolean rslora,
        @JsonProperty("rank_pattern") Map<String, Integer> rankPattern,
        @JsonProperty("alpha_pattern") Map<String, Double> alphaPattern,
        @JsonProperty("modules_to_save") List<String> modulesToSave) {

    private static final Variation NONE = new Variation(false, null, null, null);
    private static final int MOST_KEYS = 4096;

    @JsonCreator
    public Variation(
            boolean rslora,
            @Nullable Map<String, Integer> rankPattern,
            @Nullable Map<String, Double> alphaPattern,
            @Nullable List<String> modulesToSave) {
        this.rslora = rslora;
        this.rankPattern =
                checked("rank_pattern", rankPattern, rank -> rank >= 1 && rank <= AdapterSettings.LARGEST_RANK);
        this.alphaPattern =
                checked("alpha_pattern", alphaPattern, alpha -> alpha > 0 && alpha <= AdapterSettings.LARGEST_ALPHA);
        this.modulesToSave = modulesToSave == null ? List.of() : List.copyOf(modulesToSave);
        if (this.modulesToSave.size() > MOST_KEYS || this.modulesToSave.stream().anyMatch(String::isBlank)) {
            throw Refused.invalid("modules_to_save", "modules_to_save has at most " + MOST_KEYS + " names, none empty");
        }
    }

    /** One rank and alpha / rank everywhere. */
    public static Variation none() {
        return NONE;
    }

    private static <V> Map<String, V> checked(String field, @Nullable Map<String, V> pattern, Predicate<V> fits) {
        if (pattern == null) {
            return Map.of();
        }
        if (pattern.size() > MOST_KEYS) {
            throw Refused.invalid(field, field + " has at most " + MOST_KEYS + " keys, not " + pattern.size());
        }
        pattern.forEach((key, value) -> {
            in(field, () -> new ModulePattern(key));
            if (!fits.test(value)) {
                throw Refused.invalid(field, field + " of '" + key + "' cannot be " + value);
            }
        });
        return Collections.unmodifiableMap(new LinkedHashMap<>(pattern));
    }

    /** The rank of a module. */
    int rank(String path, int otherwise) {
        return found("rank_pattern", rankPattern, path, otherwise);
    }

    /** The alpha of a module. */
    double alpha(String path, double otherwise) {
        return found("alpha_pattern", alphaPattern, path, otherwise);
    }

    private static <V> V found(String field, Map<String, V> pattern, String path, V otherwise) {
        for (Map.Entry<String, V> entry : pattern.entrySet()) {
            if (in(field, () -> new ModulePattern(entry.getKey()).matchesEnd(path))) {
                return entry.getValue();
            }
        }
        return otherwise;
    }

    private static <T> T in(String field, Supplier<T> pattern) {
        try {
            return pattern.get();
        } catch (Refused e) {
            throw Refused.invalid(field, field + ": " + e.problem().message());
        }
    }
}
