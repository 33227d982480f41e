# SPDX-License-Identifier: ISC
"""Django's development server, which speaks no TLS: PORT"""
import sys

from answer import answer
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse
from django.urls import re_path

settings.configure(DEBUG=False, ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="tests",
                   MIDDLEWARE=[])


def operation(request):
    status, body = answer(request.body)
    return HttpResponse(body, status=status, content_type="application/json")


urlpatterns = [re_path("", operation)]

if __name__ == "__main__":
    execute_from_command_line(["manage", "runserver", "--noreload", f"127.0.0.1:{sys.argv[1]}"])
