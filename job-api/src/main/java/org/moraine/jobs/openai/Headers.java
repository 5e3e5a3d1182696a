package org.moraine.jobs.openai;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import org.jboss.logging.MDC;
import org.moraine.jobs.Ids;

/** The headers OpenAI's clients read on every answer, whoever gives it. */
@Singleton
class Headers {

    private static final int BEFORE_EVERYTHING = 1000;

    private final Ids ids;

    Headers(Ids ids) {
        this.ids = ids;
    }

    void register(@Observes Filters filters) {
        filters.register(this::answer, BEFORE_EVERYTHING);
    }

    private void answer(RoutingContext request) {
        String id = ids.request();
        long begin = System.nanoTime();
        MDC.put("request", id);
        request.response().putHeader("x-request-id", id).putHeader("openai-version", "2020-10-01");
        request.addHeadersEndHandler(end -> request.response()
                .putHeader("openai-processing-ms", Long.toString((System.nanoTime() - begin) / 1_000_000)));
        request.next();
    }
}
