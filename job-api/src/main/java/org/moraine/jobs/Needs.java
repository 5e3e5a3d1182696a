package org.moraine.jobs;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.WorkerKind;

/**
 * What a worker must have to train a job: bytes of memory in each type that the job may be computed in.
 *
 * @param fp32Bytes null where it asks for bfloat16
 * @param bf16Bytes null where it asks for float32
 */
public record Needs(@Nullable Long fp32Bytes, @Nullable Long bf16Bytes) {

    /** Whether a worker has it; one that is fast in bfloat16 computes in it where it may. */
    public boolean fit(WorkerKind worker) {
        Long bytes = worker.bf16() && bf16Bytes != null ? bf16Bytes : fp32Bytes;
        return bytes != null && bytes <= worker.memory();
    }

    /** As {@link #fit}; a job that was queued before its needs were known fits every worker. */
    public boolean fitOrUnknown(WorkerKind worker) {
        return (fp32Bytes == null && bf16Bytes == null) || fit(worker);
    }

    /** In words, as the end of a sentence. */
    @Override
    public String toString() {
        if (bf16Bytes == null) {
            return gigabytes(fp32Bytes) + " in float32";
        }
        return gigabytes(bf16Bytes) + " in bfloat16"
                + (fp32Bytes == null ? "" : ", or " + gigabytes(fp32Bytes) + " in float32");
    }

    private static String gigabytes(@Nullable Long bytes) {
        return String.format(Locale.ROOT, "%.2f GB", (bytes == null ? 0 : bytes) / 1e9);
    }
}
