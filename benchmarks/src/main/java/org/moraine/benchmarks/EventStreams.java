package org.moraine.benchmarks;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;

/** Readers of {@code /events?stream=true}, each with a connection of its own to one job's events. */
final class EventStreams {

    private final List<Reader> readers = new ArrayList<>();

    /** What one of them was told, in its order. */
    static final class Reader {

        private final String job;
        private final List<String> events = new ArrayList<>();
        private boolean ended;
        private CompletableFuture<HttpResponse<Void>> done = new CompletableFuture<>();

        private Reader(String job) {
            this.job = job;
        }

        private synchronized void line(String line) {
            if (line.startsWith("id:")) {
                events.add(line.substring(3).strip());
            }
            ended |= line.startsWith("data:") && line.endsWith("[DONE]");
        }

        String job() {
            return job;
        }

        synchronized List<String> events() {
            return List.copyOf(events);
        }

        synchronized boolean isEnded() {
            return ended;
        }
    }

    /** Opens them all. */
    static EventStreams open(ServiceProcess jobApi, String key, List<String> jobs) {
        HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .executor(Executors.newFixedThreadPool(4, work -> {
                    Thread thread = new Thread(work, "streams");
                    thread.setDaemon(true);
                    return thread;
                }))
                .build();
        EventStreams streams = new EventStreams();
        for (String job : jobs) {
            Reader reader = new Reader(job);
            reader.done = http.sendAsync(
                    HttpRequest.newBuilder(jobApi.at("/v1/fine_tuning/jobs/" + job + "/events?stream=true"))
                            .header("Authorization", "Bearer " + key)
                            .build(),
                    BodyHandlers.fromLineSubscriber(new Lines(reader)));
            streams.readers.add(reader);
        }
        return streams;
    }

    /** Hands each line to its reader. */
    private record Lines(Reader reader) implements Flow.Subscriber<String> {

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(String line) {
            reader.line(line);
        }

        @Override
        public void onError(Throwable failure) {} // the answer's future has it

        @Override
        public void onComplete() {}
    }

    /** How many have been told so many events. */
    long told(int events) {
        return readers.stream()
                .filter(reader -> reader.events().size() >= events)
                .count();
    }

    long ended() {
        return readers.stream().filter(Reader::isEnded).count();
    }

    /** Waits for the end of all; throws where one was cut off or refused. */
    List<Reader> all() throws Exception {
        for (Reader reader : readers) {
            HttpResponse<Void> answer = reader.done.get(1, TimeUnit.MINUTES);
            if (answer.statusCode() != 200 || !reader.isEnded()) {
                throw new IllegalStateException("A stream did not come to its end: " + answer.statusCode());
            }
        }
        return readers;
    }
}
