package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How a base model is adapted. */
public enum Method {
    /** One square matrix per layer with fixed compress and decompress maps (arXiv 2405.12130). */
    @JsonProperty("mora")
    MORA,
    /**
     * MoRA's rotation made to read every input where a layer has fewer outputs than inputs; Moraine's own, in no paper
     * and no other implementation.
     */
    @JsonProperty("covering")
    COVERING,
    /** Two thin matrices per layer (arXiv 2106.09685). */
    @JsonProperty("lora")
    LORA,
    /** Every weight of the model. */
    @JsonProperty("full")
    FULL;

    public String word() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
