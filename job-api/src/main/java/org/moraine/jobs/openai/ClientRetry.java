package org.moraine.jobs.openai;

import org.jspecify.annotations.Nullable;

/** Whether a request is one that the client has sent before, as OpenAI's clients say by themselves. */
public final class ClientRetry {

    /** Counts a client's tries of one request, from 0. */
    public static final String HEADER = "X-Stainless-Retry-Count";

    private ClientRetry() {}

    public static boolean isOne(@Nullable String header) {
        return header != null && header.matches("[1-9][0-9]*");
    }
}
