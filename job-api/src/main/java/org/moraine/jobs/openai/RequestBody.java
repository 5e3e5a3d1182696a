package org.moraine.jobs.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;

/** Reads a request's JSON as it was written, unknown keys and all. */
@Singleton
public class RequestBody {

    private static final int LONGEST = 1 << 20;

    private final ObjectReader reader;

    RequestBody(ObjectMapper json) {
        this.reader = json.reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    }

    /** Throws {@link Refused} where it is no JSON object, too long, or holds text that cannot be stored. */
    public ObjectNode read(InputStream body) throws IOException {
        byte[] bytes = body.readNBytes(LONGEST + 1);
        if (bytes.length > LONGEST) {
            throw Refused.tooLarge("body", "A request has at most " + LONGEST + " bytes");
        }
        JsonNode found;
        try {
            found = reader.readTree(bytes);
        } catch (JsonProcessingException e) {
            throw invalid("We could not parse the JSON body of your request: " + e.getOriginalMessage());
        }
        if (!(found instanceof ObjectNode object)) {
            throw invalid("The body of this request is a JSON object");
        }
        if (!isStorable(object.toString())) {
            throw invalid("The body holds a NUL character or half of a surrogate pair");
        }
        return object;
    }

    private static boolean isStorable(String text) {
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            if (Character.getType(text.codePointAt(i)) == Character.SURROGATE) {
                return false;
            }
        }
        return !text.contains("\\u0000");
    }

    private static Refused invalid(String message) {
        return new Refused(new Problem(Problem.Category.INVALID, "invalid_json", message, null));
    }
}
