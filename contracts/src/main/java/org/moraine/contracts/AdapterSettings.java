package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What kind of adapter is trained.
 *
 * @param moraType the fork's {@code mora_type}: 1, 2, 3, 4 (sharing) or 6 (rotation); read for MoRA only
 * @param rank the user's rank r; the square side of MoRA and of the covering rotation follows from it and the layer's
 *     shape
 * @param alpha LoRA's alpha, scaling is alpha / rank; squares have no scaling
 * @param dropout share of the adapter's inputs dropped in training, from 0 up to, not including, 1
 * @param targets the projections that get an adapter; all seven for {@link Method#FULL}
 * @param variation where ranks and scaling differ
 */
public record AdapterSettings(
        Method method,
        @JsonProperty("mora_type") int moraType,
        int rank,
        double alpha,
        double dropout,
        @JsonProperty("target_modules") TargetModules targets,
        Variation variation) {

    private static final Set<Integer> MORA_TYPES = Set.of(1, 2, 3, 4, 6);
    static final int LARGEST_RANK = 4096;
    static final double LARGEST_ALPHA = 1e6;

    @JsonCreator
    public AdapterSettings(
            Method method,
            @JsonProperty("mora_type") int moraType,
            int rank,
            double alpha,
            double dropout,
            @JsonProperty("target_modules") TargetModules targets,
            @Nullable Variation variation) {
        if (method == Method.MORA && !MORA_TYPES.contains(moraType)) {
            throw Refused.invalid("mora_type", "mora_type is 1, 2, 3, 4 or 6, not " + moraType);
        }
        if (method != Method.FULL && (rank < 1 || rank > LARGEST_RANK)) {
            throw Refused.invalid("rank", "rank is from 1 to " + LARGEST_RANK + ", not " + rank);
        }
        if (!(alpha > 0) || alpha > LARGEST_ALPHA) {
            throw Refused.invalid("alpha", "alpha is above 0 and at most 1000000, not " + alpha);
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw Refused.invalid("dropout", "dropout is from 0 up to, not including, 1, not " + dropout);
        }
        this.method = method;
        this.moraType = moraType;
        this.rank = rank;
        this.alpha = alpha;
        this.dropout = dropout;
        this.targets = targets;
        this.variation = variation == null ? Variation.none() : variation;
        if (method != Method.LORA && this.variation.rslora()) {
            throw Refused.invalid("use_rslora", "use_rslora scales LoRA; " + method.word() + " has no scaling");
        }
        if (method == Method.FULL && !this.variation.modulesToSave().isEmpty()) {
            throw Refused.invalid(
                    "modules_to_save", "modules_to_save goes beside an adapter; full trains every module");
        }
    }

    /** The same rank and scaling for every target. */
    public AdapterSettings(
            Method method, int moraType, int rank, double alpha, double dropout, Set<Projection> targets) {
        this(method, moraType, rank, alpha, dropout, TargetModules.of(targets), Variation.none());
    }

    /** The rank of one module. */
    public int rank(String path) {
        return variation.rank(path, rank);
    }

    /** LoRA's factor for one module. */
    public double scaling(String path) {
        double own = variation.alpha(path, alpha);
        return variation.rslora() ? own / Math.sqrt(rank(path)) : own / rank(path);
    }

    /** MoRA on all seven projections, without dropout. */
    public static AdapterSettings mora(int moraType, int rank) {
        return new AdapterSettings(Method.MORA, moraType, rank, rank, 0, EnumSet.allOf(Projection.class));
    }

    /** The covering rotation on all seven projections, without dropout. */
    public static AdapterSettings covering(int rank) {
        return new AdapterSettings(Method.COVERING, 1, rank, rank, 0, EnumSet.allOf(Projection.class));
    }

    /** LoRA on all seven projections, without dropout. */
    public static AdapterSettings lora(int rank, double alpha) {
        return new AdapterSettings(Method.LORA, 1, rank, alpha, 0, EnumSet.allOf(Projection.class));
    }

    /** Every weight of the model. */
    public static AdapterSettings full() {
        return new AdapterSettings(Method.FULL, 1, 1, 1, 0, EnumSet.allOf(Projection.class));
    }
}
