package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/**
 * What a worker computes with. Workers of one kind take their dispatches from one topic.
 *
 * @param memory bytes that a training may take, in whole {@value #STEP}: of the device, which is the machine's for a CPU
 * @param bf16 whether the device multiplies bfloat16 faster than float32
 */
public record WorkerKind(Device device, long memory, boolean bf16) {

    private static final long STEP = 1L << 28;

    /** Where the matrices are multiplied. */
    public enum Device {
        @JsonProperty("cpu")
        CPU,
        @JsonProperty("gpu")
        GPU
    }

    /** Memory is rounded down. */
    @JsonCreator
    public WorkerKind(Device device, long memory, boolean bf16) {
        if (device == null || memory < STEP) {
            throw Refused.invalid("kind", "A worker's kind has a device, and at least " + STEP + " bytes of memory");
        }
        this.device = device;
        this.memory = memory / STEP * STEP;
        this.bf16 = bf16;
    }

    /** Such as {@code cpu-16384m-bf16}. */
    public String word() {
        return device.name().toLowerCase(Locale.ROOT) + "-" + (memory >> 20) + "m" + (bf16 ? "-bf16" : "");
    }
}
