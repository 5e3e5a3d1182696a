package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How the frozen matrices of a base model's layers are held; embedding, head, norms and biases stay as they are. */
public enum Quantisation {
    /** In the type computed in. */
    @JsonProperty("none")
    NONE,
    /** 8 bits a weight, one scale for each output (LLM.int8(), arXiv 2208.07339, without its outliers). */
    @JsonProperty("int8")
    INT8,
    /** 4 bits a weight in blocks of 64, the blocks' scales in 8 bits (QLoRA's NF4, arXiv 2305.14314). */
    @JsonProperty("nf4")
    NF4
}
