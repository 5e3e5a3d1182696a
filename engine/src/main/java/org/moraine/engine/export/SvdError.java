package org.moraine.engine.export;

import com.fasterxml.jackson.annotation.JsonIgnore;
import org.jspecify.annotations.Nullable;

/**
 * What cutting to a rank left out, as shares of the change's Frobenius norm.
 *
 * @param rank cut to
 * @param relative over all projections together: norm of what was left out / norm of the whole change
 * @param worst of the projection that lost most
 */
public record SvdError(
        int rank,
        double relative,
        double worst,
        @JsonIgnore double lostSquared,
        @JsonIgnore double wholeSquared) {

    static SvdError joined(@Nullable SvdError before, TruncatedSvd.Cut cut) {
        double lost = cut.lost() * cut.lost() + (before == null ? 0 : before.lostSquared);
        double whole = cut.whole() * cut.whole() + (before == null ? 0 : before.wholeSquared);
        double own = cut.whole() == 0 ? 0 : cut.lost() / cut.whole();
        return new SvdError(
                cut.factors().rank(),
                whole == 0 ? 0 : Math.sqrt(lost / whole),
                Math.max(own, before == null ? 0 : before.worst),
                lost,
                whole);
    }
}
