package org.moraine.jobs.openai;

/** What is answered where something was deleted. */
public record Deleted(String id, String object, boolean deleted) {

    public static Deleted of(String id, String object) {
        return new Deleted(id, object, true);
    }
}
