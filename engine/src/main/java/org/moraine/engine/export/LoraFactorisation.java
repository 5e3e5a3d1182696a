package org.moraine.engine.export;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.AdapterSettings;
import org.moraine.contracts.Method;
import org.moraine.contracts.Refused;
import org.moraine.contracts.Variation;
import org.moraine.engine.adapter.AdaptedProjection;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.adapter.LowRank;
import org.moraine.engine.model.BaseModel;

/**
 * An adapter as LoRA of one rank for every layer, padded with zeros where a layer needs less: vLLM reads no pattern of
 * ranks. Alpha is the rank, so that nothing is scaled. Sharing MoRA (types 1 to 4) and LoRA have that form exactly;
 * for rotation it is the best of a chosen rank, with the error stated.
 *
 * @param adapter the LoRA adapter, which the owner of this closes
 * @param error how far it is from the adapter that it was made of; null where it is the same
 */
public record LoraFactorisation(Adapter adapter, @Nullable SvdError error) implements AutoCloseable {

    /**
     * Factorises.
     *
     * @param svdRank the rank to which a change without an exact form is cut; null refuses such a change
     * @throws Refused naming {@code svd_rank} where the adapter has no exact form and no rank is given
     */
    public static LoraFactorisation of(BaseModel base, Adapter adapter, @Nullable Integer svdRank) {
        AdapterSettings settings = adapter.settings();
        if (settings.method() == Method.FULL) {
            throw Refused.invalid("method", "all weights were trained; there is no adapter to factorise");
        }
        List<LowRank> factors = new ArrayList<>();
        SvdError error = null;
        try (TruncatedSvd svd = new TruncatedSvd(base.manager())) {
            for (AdaptedProjection projection : adapter.projections()) {
                List<float[]> values = projection.values();
                LowRank exact = projection.layer().lowRank(values).orElse(null);
                if (exact == null) {
                    if (svdRank == null) {
                        throw Refused.invalid(
                                "svd_rank",
                                (settings.method() == Method.COVERING ? "the covering rotation" : "mora_type 6")
                                        + " turns its inputs and is no LoRA of any small rank;"
                                        + " name svd_rank, the rank it may be cut to, or merge it");
                    }
                    TruncatedSvd.Cut cut = svd.cut(projection.layer().delta(values), svdRank);
                    exact = cut.factors();
                    error = SvdError.joined(error, cut);
                }
                factors.add(exact);
            }
        }
        int rank = factors.stream().mapToInt(LowRank::rank).max().orElseThrow();
        AdapterSettings lora = new AdapterSettings(
                Method.LORA,
                1,
                rank,
                rank,
                settings.dropout(),
                settings.targets(),
                new Variation(false, null, null, settings.variation().modulesToSave()));
        List<LowRank> padded =
                factors.stream().map(factor -> factor.padded(rank)).toList();
        return new LoraFactorisation(adapter.factorised(lora, padded), error);
    }

    @Override
    public void close() {
        adapter.close();
    }
}
