package org.moraine.contracts;

/**
 * The version that a job trains further instead of beginning with an adapter that changes nothing.
 *
 * @param model the fine-tuned model that the caller named, as {@code ft:pebble:team:name:1a2b3c4d}
 * @param commit of the version's files, 40 hexadecimal digits
 */
public record EarlierAdapter(String model, AdapterName adapter, int version, String commit) {

    /** As people write a version: {@code team/adapter@v3}. */
    @Override
    public String toString() {
        return adapter + "@v" + version;
    }
}
