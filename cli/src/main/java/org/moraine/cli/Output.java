package org.moraine.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** What a command prints: results on standard output, what happens meanwhile on standard error. */
record Output(PrintWriter results, PrintWriter progress) {

    private static final JsonMapper JSON = new JsonMapper();

    /** Where a command prints; picocli has set its {@code spec} before it calls the command. */
    static Output of(@Nullable CommandSpec spec) {
        if (spec == null) {
            throw new AssertionError("picocli sets it before it calls");
        }
        return new Output(spec.commandLine().getOut(), spec.commandLine().getErr());
    }

    void result(String line) {
        results.println(line);
        results.flush();
    }

    /** A record or map as one line of JSON. */
    void json(Object object) {
        try {
            result(JSON.writeValueAsString(object));
        } catch (JsonProcessingException e) {
            throw new AssertionError("records and maps become JSON", e);
        }
    }

    void progress(String line) {
        progress.println(line);
        progress.flush();
    }
}
