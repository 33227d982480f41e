// SPDX-License-Identifier: ISC

// Go's net/http: PORT CERTIFICATE KEY
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
)

type request struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

type answer struct {
	Success bool   `json:"success"`
	Message string `json:"message,omitempty"`
}

func operation(w http.ResponseWriter, r *http.Request) {
	var asked request
	err := json.NewDecoder(r.Body).Decode(&asked)
	w.Header().Set("Content-Type", "application/json")
	reply := answer{Success: true}
	if err != nil || asked != (request{"alice@example.org", "secret"}) {
		w.WriteHeader(http.StatusForbidden)
		reply = answer{Message: "wrong password"}
	}
	_ = json.NewEncoder(w).Encode(reply)
}

func main() {
	http.HandleFunc("/", operation)
	log.Fatal(http.ListenAndServeTLS("127.0.0.1:"+os.Args[1], os.Args[2], os.Args[3], nil))
}
